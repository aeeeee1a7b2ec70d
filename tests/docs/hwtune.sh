#!/bin/sh
# hwtune as the pages' commands see it: what would take long is given little time. The arguments themselves were tried before.
set -eu
command=
for word; do
  case $word in
    tune | compare | transfer | selftest | rollout) command=$word; break ;;
  esac
done
[ -n "$command" ] || exec "$HWTUNE" "$@"
# Root's state would lie in /var/lib.
case $command,\ $*\  in
  *' --state'*) exec "$HWTUNE" "$@" ;;
  rollout,*' plan '* | rollout,*' baseline '* | rollout,*' verify '* | rollout,*' back '*)
    exec "$HWTUNE" "$@" --state "$HOME/rollout.toml"
    ;;
  rollout,*) exec "$HWTUNE" "$@" ;;
esac
count=$#
drop=no
candidates=no
while [ "$count" -gt 0 ]; do
  word=$1
  shift
  count=$((count - 1))
  case $word in --candidates*) candidates=yes ;; esac
  case $drop,$word in
    yes,*) drop=no ;;
    no,--budget | no,--trials) drop=yes ;;
    no,--budget=* | no,--trials=*) ;;
    *) set -- "$@" "$word" ;;
  esac
done
case $command in
  selftest) exec "$HWTUNE" "$@" --quick --limit 3s ;;
  tune)
    if [ "$candidates" = no ]; then
      echo -O3 >"$HOME/candidates"
      set -- "$@" --candidates "$HOME/candidates"
    fi
    exec "$HWTUNE" "$@" --budget 2s
    ;;
  *) exec "$HWTUNE" "$@" --budget 2s ;;
esac
