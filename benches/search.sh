#!/usr/bin/env bash
# What hwtune's search finds beside what a person tries, what OpenTuner finds in the same time and in four times as much, and what
# Combined Elimination and drawn sets find in the same time.
#   benches/search.sh [HWTUNE] [SECONDS] [KERNEL...]   default: target/release/hwtune, 60, twelve kernels of probes/host
# Each answer is measured again on fresh builds of programs, by nothing of hwtune. Twelve kernels take some 110 minutes, or 30
# with RIVALS=0, which leaves the other searches out; it wants an idle machine, Python 3.11 and, for OpenTuner, PyPI.
set -euo pipefail
cd "$(dirname "$0")/.."
hwtune=${1-target/release/hwtune}
[ -x "$hwtune" ] || { echo "search.sh: $hwtune is not there; build it with: cargo build --release" >&2; exit 2; }
seconds=${2-60}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet opentuner==0.8.8 "sqlalchemy<3" || echo "search.sh: no OpenTuner; its columns stay empty" >&2
XDG_CACHE_HOME="$work/cache" "$work/venv/bin/python" benches/search/search.py "$hwtune" "$seconds" "${@:3}"
