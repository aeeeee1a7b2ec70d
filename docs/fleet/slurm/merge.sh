#!/bin/bash
# Merges what collect.sh brought together; runs once the whole array has ended, whatever became of single tasks:
#
#   job=$(sbatch --parsable --array=0-63 collect.sh)
#   sbatch --dependency="afterany:$job" merge.sh
#
#SBATCH --job-name=hwtune-merge
#SBATCH --ntasks=1
#SBATCH --time=00:05:00
#SBATCH --output=hwtune-merge-%j.log
set -euo pipefail

folder=${HWTUNE_FLEET:-${SLURM_SUBMIT_DIR:-.}/hwtune_fleet}
exec "${HWTUNE:-hwtune}" fleet merge "$folder/hosts" -o "$folder/groups/"
