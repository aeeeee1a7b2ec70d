#!/bin/bash
# A Slurm job array: each task measures the node it runs on, and its profile goes to a shared folder.
#
#   sbatch --array=0-63 collect.sh          one task a node, each on a node of its own
#
# Nodes are drawn by Slurm, so one may come twice and another not at all: `sinfo -N -h -o %N` names them, and
# `sbatch --nodelist=NODE --array=0 collect.sh` takes one by name. A node's second profile replaces its first. For one
# node of each CPU use the site's features instead: `sbatch --constraint=icelake --array=0 collect.sh`.
#
#SBATCH --job-name=hwtune
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --exclusive
#SBATCH --time=00:30:00
#SBATCH --output=hwtune-%A_%a.log
set -euo pipefail

hwtune=${HWTUNE:-hwtune}
folder=${HWTUNE_FLEET:-${SLURM_SUBMIT_DIR:-.}/hwtune_fleet}
node=${SLURMD_NODENAME:-$(hostname -s)}
mkdir -p "$folder/hosts"

# `HWTUNE_BUDGET=0` only detects. --exclusive above keeps other jobs from disturbing the measurement.
budget=${HWTUNE_BUDGET:-10m}
if [ "$budget" = 0 ]; then
  exec "$hwtune" detect --name "$node" --format toml -o "$folder/hosts/$node.toml"
fi
exec "$hwtune" tune --name "$node" --budget "$budget" -o "$folder/hosts/$node.toml"
