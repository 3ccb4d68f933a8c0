#!/usr/bin/env bash
# Builds the page of web/ and tests it in headless Chromium, with its WebGPU on SwiftShader and without any.
#
#   scripts/web.sh                     builds target/web/site and tests all of it
#   scripts/web.sh values embed        only these parts of: values verify page fallback canvas embed pictures
#   scripts/web.sh --build             builds it, for any server of files
#   scripts/web.sh --pictures DIR      builds it and leaves its screenshots there
#
# Samples are compared with those of the native CPU engine, which web/reference asks the same questions.
# Screenshots and the report of `verify` lie in target/web/out afterwards.
#
# Exit status 1 if something is not as expected; 3, with "skipped: why", where the tools cannot be had.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/tools.sh
. web/build.sh

skip() { echo "web: skipped: $1"; exit 3; }

case "${1:-}" in
    --build) [ $# = 1 ] || exit 2 ;;
    --pictures) [ $# = 2 ] || exit 2 ;;
    -*) sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac

built="$PWD/target/web"
build_site "$built/site" || exit 1
[ "${1:-}" = --build ] && exit 0

command -v node >/dev/null || skip "no Node"
playwright || skip "no npm, or no package playwright-core"
WEB_CHROMIUM="$(chromium_browser)" || skip "no Chromium (Debian: chromium)"
export WEB_CHROMIUM WEB_TOOLS="$tools"

out="$built/out"
mkdir -p "$out" "$built/reference" || exit 1
if [ "${1:-}" = --pictures ]; then
    out="$(cd "$2" && pwd)" || exit 2
    set -- pictures
fi
# The engine's own toolchain: build_site may have chosen another for WebAssembly.
(cd web && env -u RUSTC -u RUSTC_BOOTSTRAP cargo build --quiet --package ddim-web-reference) &&
    "${CARGO_TARGET_DIR:-web/target}/debug/ddim-web-reference" web/test/cases.json models "$built/reference" || exit 1
node web/test/main.mjs "$built/site" "$built/reference" "$PWD" "$out" "$@"
