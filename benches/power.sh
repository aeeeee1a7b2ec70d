#!/usr/bin/env bash
# How sharp an answer two builds of hwtune give in a time, side by side in one run: half-widths of the set's interval and their
# ratios. Only ratios of one run mean anything: the machine and the hour change the figures.
#   benches/power.sh OLD NEW [ZLIB_SOURCES]
# OLD and NEW are hwtune programs; without ZLIB_SOURCES (an unpacked zlib) only kernels are measured.
# FLAG (-mavx2), SEEDS (1 2 3), OLD_BUDGET (300s) and NEW_BUDGET (30s) for the real zlib, KERNEL_BUDGET (60s) for kernels are
# taken from the environment. Each build has a cache of its own, which is warm when the clock starts.
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2") sources=${3-}
flag=${FLAG--mavx2} seeds=${SEEDS-1 2 3}
old_budget=${OLD_BUDGET-300s} new_budget=${NEW_BUDGET-30s} kernel_budget=${KERNEL_BUDGET-60s}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "$flag" >"$scratch/candidates"

# half PROGRAM NAME BUDGET SEED ARGUMENTS...: prints effect, half-width and layouts of the set, and the seconds it took.
half() {
  local program=$1 name=$2 budget=$3 seed=$4
  shift 4
  local profile=$scratch/$name-$seed.toml began=$SECONDS
  rm -f "$profile"
  XDG_CACHE_HOME=$scratch/cache-$name "$program" -q tune "$@" --candidates "$scratch/candidates" --budget "$budget" \
    --seed "$seed" -o "$profile" >/dev/null || true
  python3 - "$profile" $((SECONDS - began)) <<'PY'
import sys, tomllib
profile = tomllib.load(open(sys.argv[1], "rb"))
[section] = list(profile.get("package", {}).values())[:1]
# The set's own row where the section shows another claim.
rows = [r for r in section.get("judged", []) if r["stage"] == "confirm" and "kernel" not in r and r["kind"] in ("set", "alone")]
shown = section if "low" in section else (rows[0] if rows and "low" in rows[0] else None)
if shown is None:
    print("nan nan 0", sys.argv[2])
else:
    print(shown["effect"], round((shown["high"] - shown["low"]) / 2, 4), shown["layouts"], sys.argv[2])
PY
}

compare() {
  local what=$1 budget_old=$2 budget_new=$3
  shift 3
  printf '\n%s, %s\n%6s  %10s %10s %8s %7s  %10s %10s %8s %7s  %7s %8s\n' "$what" "$flag" seed "old effect" half-width layouts \
    seconds "new effect" half-width layouts seconds ratio squared
  # Warm caches: what is compiled once is not part of the comparison.
  half "$old" old 1s 0 "$@" >/dev/null
  half "$new" new 5s 0 "$@" >/dev/null
  for seed in $seeds; do
    local of_old of_new
    if [ $((seed % 2)) = 0 ]; then
      of_old=$(half "$old" old "$budget_old" "$seed" "$@")
      of_new=$(half "$new" new "$budget_new" "$seed" "$@")
    else
      of_new=$(half "$new" new "$budget_new" "$seed" "$@")
      of_old=$(half "$old" old "$budget_old" "$seed" "$@")
    fi
    echo "$seed $of_old $of_new" | awk '{ ratio = $7 / $3
      printf "%6s  %+10.2f %10.2f %8d %7d  %+10.2f %10.2f %8d %7d  %7.3f %8.4f\n", $1, $2, $3, $4, $5, $6, $7, $8, $9, ratio, ratio * ratio }'
  done
}

if [ -n "$sources" ]; then
  compare "real zlib, $old_budget against $new_budget" "$old_budget" "$new_budget" --source "zlib=$sources"
fi
for package in zlib glibc; do
  compare "kernels of $package, $kernel_budget each" "$kernel_budget" "$kernel_budget" --package "$package"
done
