#!/usr/bin/env bash
# Runs the job array of docs/fleet/slurm under a Slurm of its own, with one controller and one node on this machine, and
# checks that the node's profile arrives and is merged. Needs root and slurm-wlm (installed by apt-get where it is not
# there); where the daemons do not start, as in some containers, it says so and exits with 77.
#   tests/fleet/slurm.sh [HWTUNE]        the command to test, default target/debug/hwtune
set -euo pipefail
cd "$(dirname "$0")/../.."
hwtune=$(realpath "${1:-${CARGO_TARGET_DIR:-target}/debug/hwtune}")
[ -x "$hwtune" ] || { echo "slurm.sh: $hwtune is not there: build it, or name another" >&2; exit 2; }
if ! { command -v slurmctld && command -v slurmd && command -v munged; } >/dev/null; then
  command -v apt-get >/dev/null || { echo "slurm.sh: please install slurm-wlm" >&2; exit 1; }
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends slurm-wlm munge >/dev/null
fi

work=$(mktemp -d /tmp/slurm-XXXXXX)
stop() {
  for daemon in slurmd slurmctld munged; do
    [ -s "$work/$daemon.pid" ] && kill "$(cat "$work/$daemon.pid")" 2>/dev/null
  done
  sleep 1
  rm -rf "$work"
}
trap stop EXIT
chmod 755 "$work"
mkdir "$work/state" "$work/spool"
node=$(hostname -s)
cat >"$work/slurm.conf" <<CONF
ClusterName=test
SlurmctldHost=$node(127.0.0.1)
SlurmUser=$(id -un)
SlurmctldPort=16817
SlurmdPort=16818
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
SlurmctldLogFile=$work/slurmctld.log
SlurmdLogFile=$work/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
NodeName=$node NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES State=UP
CONF
export SLURM_CONF=$work/slurm.conf

start() {
  mungekey --create --keyfile "$work/munge.key" &&
    munged --force --key-file "$work/munge.key" --socket "$work/munge.socket" --pid-file "$work/munged.pid" \
      --log-file "$work/munged.log" --seed-file "$work/munge.seed" &&
    slurmctld -f "$SLURM_CONF" && slurmd -f "$SLURM_CONF" || return 1
  for _ in $(seq 20); do
    [ "$(sinfo -h -o %T 2>/dev/null)" = idle ] && return
    sleep 1
  done
  return 1
}
start || { echo "slurm.sh: the daemons do not start here" >&2; tail -n 5 "$work"/*.log >&2; exit 77; }

export HWTUNE=$hwtune HWTUNE_FLEET=$work/fleet HWTUNE_BUDGET=0
job=$(sbatch --parsable --chdir "$work" --array=0-1 docs/fleet/slurm/collect.sh)
sbatch --chdir "$work" --dependency="afterany:$job" docs/fleet/slurm/merge.sh
for _ in $(seq 120); do
  [ -z "$(squeue -h)" ] && break
  sleep 1
done
cat "$work"/hwtune-*.log
grep -q "^name = \"$node\"" "$work/fleet/hosts/$node.toml" || { echo "slurm.sh: no profile of $node" >&2; exit 1; }
groups=("$work"/fleet/groups/*.toml)
grep -q "^# Merged by hwtune from 1 host: $node$" "${groups[@]}" || { echo "slurm.sh: not merged" >&2; exit 1; }
echo "slurm.sh: ok"
