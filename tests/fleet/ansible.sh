#!/usr/bin/env bash
# Runs the playbook of docs/fleet/ansible over four hosts that are this machine, with local connections, and checks that
# their profiles arrive and are merged into one group. Installs ansible-core into a folder that is removed afterwards.
#   tests/fleet/ansible.sh [HWTUNE]      the command to test, default target/debug/hwtune
set -euo pipefail
cd "$(dirname "$0")/../.."
hwtune=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/hwtune}")
[ -x "$hwtune" ] || { echo "ansible.sh: $hwtune is not there: build it, or name another" >&2; exit 2; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ansible-core

hosts=(node01 node02 node03 node04)
{
  echo "[all]"
  for host in "${hosts[@]}"; do
    echo "$host ansible_connection=local ansible_python_interpreter=$work/venv/bin/python state=$work/state-$host"
  done
} >"$work/inventory.ini"

export ANSIBLE_LOCAL_TEMP="$work/local" ANSIBLE_REMOTE_TEMP="$work/remote" ANSIBLE_NOCOWS=1 HOME="$work" LC_ALL=C.UTF-8
play() {
  "$work/venv/bin/ansible-playbook" -i "$work/inventory.ini" docs/fleet/ansible/fleet.yml \
    -e "hwtune=$hwtune" -e "collected=$work/fleet" "$@"
}
play --syntax-check
play | tee "$work/log"

for host in "${hosts[@]}"; do
  grep -q "^name = \"$host\"" "$work/fleet/hosts/$host.toml" || { echo "ansible.sh: no profile of $host" >&2; exit 1; }
done
groups=("$work"/fleet/groups/*.toml)
[ ${#groups[@]} -eq 1 ] || { echo "ansible.sh: one machine makes one group, not ${#groups[@]}" >&2; exit 1; }
grep -q "^# Merged by hwtune from 4 hosts: ${hosts[*]}$" "${groups[0]}" || { head -3 "${groups[0]}" >&2; exit 1; }
grep -q "no host was tuned" "$work/log" || { echo "ansible.sh: the summary is not shown" >&2; exit 1; }
"$hwtune" render cmake --profile "${groups[0]}" --allow-unmeasured | grep -q -- '-march=' ||
  { echo "ansible.sh: the group's profile does not render" >&2; exit 1; }

# The other branch: one host is measured for real, for as short as can be. The verdict is no matter here.
play --limit node01,localhost -e tune=true -e budget=20s -e '{"packages": ["zlib"]}'
grep -q '^\[package.zlib\]' "$work/fleet/hosts/node01.toml" || { echo "ansible.sh: node01 was not tuned" >&2; exit 1; }
grep -q '^\[package.zlib\]' "${groups[0]}" || { echo "ansible.sh: the figures did not reach the group" >&2; exit 1; }
echo "ansible.sh: ok"
