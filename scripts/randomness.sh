#!/usr/bin/env bash
# The noise examined as random numbers: a billion normals counted, and dieharder over Philox words and normals in
# every order a sampler reads them in. Prints a Markdown report; the last one kept is scripts/randomness.md.
#
#   scripts/randomness.sh quick    Marsaglia's and NIST's tests, fewer of them on normals: about an hour
#   scripts/randomness.sh full     every test of dieharder on each stream: most of a day
#
# A verdict is "weak" at p < 0.005 or p > 0.995: of good numbers one in a hundred is. Run such a test again with
# more samples (dieharder's -p) before believing it.
#
# Needs dieharder (Debian: apt install dieharder). Exit status 6 if a test fails.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-quick}" in
    quick)
        tests_of_words=(0 1 2 3 4 8 9 10 11 12 13 15 16 17 100 101 102)
        tests_of_normals=(0 1 2 3 8 13 15 16 100 101)
        ;;
    full) tests_of_words=(all) tests_of_normals=(all) ;;
    *) sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
command -v dieharder >/dev/null || { echo "dieharder is not installed (Debian: apt install dieharder)" >&2; exit 1; }

cargo build --quiet --release --no-default-features --example randomness
program="${CARGO_TARGET_DIR:-target}/release/examples/randomness"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
failed=0

echo "## A billion normals"
echo
echo '```text'
"$program" count 1000000000 || failed=1
echo '```'

echo
echo "## dieharder ($(dpkg-query -W -f '${Version}' dieharder 2>/dev/null || echo unknown version))"
echo
echo "Tests of words: ${tests_of_words[*]}. Of normals: ${tests_of_normals[*]}."
echo
echo "| source | order | passed | weak | failed | the weak and the failed (test, n-tuple, p) |"
echo "|---|---|---|---|---|---|"
for source in words normals; do
    declare -n tests="tests_of_$source"
    for order in elements samples draws seeds interleaved; do
        : >"$log"
        for number in "${tests[@]}"; do
            if [ "$number" = all ]; then select=(-a); else select=(-d "$number"); fi
            # The battery closes the stream when it has read enough, which ends the program: no fault.
            { "$program" stream "$source" "$order" || true; } | dieharder -g 200 "${select[@]}" >>"$log"
        done
        verdicts() { grep -cE "\| *$1 *$" "$log" || true; }
        odd=$(awk -F'|' '/WEAK|FAILED/ { gsub(/ /, ""); printf "%s%s %s %s", sep, $1, $2, $5; sep = "; " }' "$log")
        echo "| $source | $order | $(verdicts PASSED) | $(verdicts WEAK) | $(verdicts FAILED) | $odd |"
        [ "$(verdicts FAILED)" = 0 ] || failed=1
    done
done
[ "$failed" = 0 ] || exit 6
