#!/usr/bin/env bash
# The whole test suite and `ddim verify` on three drivers: lavapipe, llvmpipe through GL, and SwiftShader.
#
#   scripts/three-drivers.sh [--verify-only] [lavapipe|gl|swiftshader]…
#
# Tests that are known to fail on a driver are in scripts/known_failures.txt, a line "driver test why". A failure that is not there
# fails the script, and so does one that is there and passes. Prints a table of each driver's verification: the worst error of each check,
# and the noise hash, which must be one. Needs Mesa; SwiftShader comes with Debian's chromium-common. A driver that is not there is
# "skipped: why".
set -uo pipefail
cd "$(dirname "$0")/.."

verify_only=0
[ "${1:-}" = --verify-only ] && { verify_only=1; shift; }
drivers=("$@")
[ ${#drivers[@]} -gt 0 ] || drivers=(lavapipe gl swiftshader)
out="${CARGO_TARGET_DIR:-target}/drivers"
known="scripts/known_failures.txt"
mkdir -p "$out"
out="$(cd "$out" && pwd)"
failed=0
ran=()

# Sets what makes wgpu find one driver alone; says why not.
choose() {
    unset VK_DRIVER_FILES VK_ICD_FILENAMES WGPU_ADAPTER_NAME
    case "$1" in
        lavapipe)
            local icd
            icd="$(ls /usr/share/vulkan/icd.d/lvp_icd*.json 2>/dev/null | head -n 1)"
            [ -n "$icd" ] || { echo "no lavapipe (Debian: mesa-vulkan-drivers)"; return 1; }
            export WGPU_BACKEND=vulkan VK_DRIVER_FILES="$icd" VK_ICD_FILENAMES="$icd"
            ;;
        gl)
            export WGPU_BACKEND=gl LIBGL_ALWAYS_SOFTWARE=1
            ;;
        swiftshader)
            local library
            library="$(swiftshader)" || { echo "no SwiftShader (Debian: chromium-common)"; return 1; }
            printf '{"file_format_version": "1.0.0", "ICD": {"library_path": "%s", "api_version": "1.3.0"}}\n' "$library" \
                >"$out/swiftshader_icd.json"
            export WGPU_BACKEND=vulkan VK_DRIVER_FILES="$out/swiftshader_icd.json" VK_ICD_FILENAMES="$out/swiftshader_icd.json"
            ;;
        *) sed -n '2,10s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
}

# SwiftShader's library, unpacked from the package where it is not installed: the package would bring a browser's worth of others.
swiftshader() {
    local installed=/usr/lib/chromium/libvk_swiftshader.so
    [ -f "$installed" ] && { echo "$installed"; return 0; }
    local unpacked="$out/chromium$installed"
    if [ ! -f "$unpacked" ]; then
        command -v apt-get >/dev/null && command -v dpkg >/dev/null || return 1
        (cd "$out" && { apt-get download -qq chromium-common || { apt-get update -qq && apt-get download -qq chromium-common; }; } &&
            dpkg -x chromium-common_*.deb chromium && rm -f chromium-common_*.deb) >/dev/null 2>&1 || return 1
    fi
    [ -f "$unpacked" ] && echo "$unpacked"
}

cargo build --quiet --bin ddim || exit 1
ddim="${CARGO_TARGET_DIR:-target}/debug/ddim"
for driver in "${drivers[@]}"; do
    why="$(choose "$driver")" || { echo "$driver: skipped: $why"; continue; }
    choose "$driver" >/dev/null
    if ! "$ddim" devices --json >"$out/$driver.devices.json" 2>/dev/null || ! grep -q '"index": 0' "$out/$driver.devices.json"; then
        echo "$driver: skipped: no adapter of it"
        continue
    fi
    echo "== $driver" >&2
    if "$ddim" verify --device 0 --json "$out/$driver.json" >"$out/$driver.txt"; then
        ran+=("$driver")
    else
        cat "$out/$driver.txt"
        failed=1
    fi
    [ "$verify_only" = 1 ] && continue

    # wgpu's GL backend has one context with a lock on it, and panics where a thread waits for it longer than a second.
    threads=2
    [ "$driver" = gl ] && threads=1
    timeout 5400 cargo test --test main -- --test-threads "$threads" >"$out/$driver.log" 2>&1
    result="$(grep -E '^test result' "$out/$driver.log" | tail -n 1)"
    [ -n "$result" ] || { tail -n 20 "$out/$driver.log"; failed=1; continue; }
    echo "$result"
    # The last list of failures: what a driver says may stand in a test's own line, and a test that runs another shows its list.
    awk '/^failures:$/ {n = 0; list = 1; next} /^test result/ {list = 0} list && /^    [A-Za-z0-9_:]+$/ {names[n++] = $1}
        END {for (i = 0; i < n; i++) print names[i]}' "$out/$driver.log" | sort >"$out/$driver.failed"
    [[ "$result" = *FAILED* ]] && [ ! -s "$out/$driver.failed" ] && failed=1
    awk -v driver="$driver" '!/^#/ && $1 == driver {print $2}' "$known" | sort >"$out/$driver.known"
    comm -23 "$out/$driver.failed" "$out/$driver.known" | while read -r test; do echo "$driver: $test fails"; done | tee "$out/new"
    comm -13 "$out/$driver.failed" "$out/$driver.known" |
        while read -r test; do echo "$driver: $test passes now: take it out of $known"; done | tee -a "$out/new"
    [ -s "$out/new" ] && failed=1
done

# One line a check, one column a driver.
python3 - "$out" "${ran[@]}" <<'PYTHON' || failed=1
import json, sys
out, drivers = sys.argv[1], sys.argv[2:]
reports = {driver: json.load(open(f"{out}/{driver}.json")) for driver in drivers}
if not reports:
    sys.exit("no driver was verified")
print("\n| | " + " | ".join(drivers) + " |\n|---" * 1 + "|---" * len(drivers) + "|")
for key in ("name", "driver_info"):
    print(f"| {key} | " + " | ".join(report["device"][key] for report in reports.values()) + " |")
print("| noise hash | " + " | ".join(report["noise_hash"] for report in reports.values()) + " |")
for index, check in enumerate(next(iter(reports.values()))["checks"]):
    def cell(report):
        found = report["checks"][index]
        assert found["name"] == check["name"]
        if found["passed"] is None:
            return "not offered"
        exact = found["bound"] == 0
        return ("same" if exact and found["passed"] else f'{found["worst"]:.1e}') + ("" if found["passed"] else " FAILED")
    bound = "" if check["bound"] == 0 else f' (bound {check["bound"]:.0e})'
    print(f'| {check["name"]}{bound} | ' + " | ".join(cell(report) for report in reports.values()) + " |")
hashes = {report["noise_hash"] for report in reports.values()}
passed = all(check["passed"] for report in reports.values() for check in report["checks"] if check["name"] == "noise hash")
sys.exit(0 if len(hashes) == 1 and passed else "the noise differs between drivers")
PYTHON
exit "$failed"
