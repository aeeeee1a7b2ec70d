#!/bin/sh
# archspec 0.2.7 refuses zen4 for gcc 12.2.0, though it takes 12.2 and 12.3.0. The ranges of versions for zen4 are 10.3:12.2 and
# 12.3:, and versions are compared as tuples of numbers, so (12, 2, 0) is later than (12, 2) and lies in neither. gcc 12.2.0 is
# Debian 12's compiler, and Spack, which asks with the full version, cannot require target=zen4 there.
#
# Seen: 12.2 -> flags for znver3, 12.2.0 -> UnsupportedMicroarchitecture, 12.3.0 -> flags for znver4.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" archspec==0.2.7
PYTHONPATH=$folder python3 - <<'PYTHON'
import archspec.cpu as cpu

def answer(version):
    try:
        return cpu.TARGETS["zen4"].optimization_flags("gcc", version).split()[0]
    except cpu.UnsupportedMicroarchitecture:
        return "refused"

seen = {version: answer(version) for version in ("12.2", "12.2.0", "12.3.0")}
print(seen)
assert seen == {"12.2": "-march=znver3", "12.2.0": "refused", "12.3.0": "-march=znver4"}, "this has changed"
PYTHON
