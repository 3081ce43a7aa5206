# Sourced by the scripts beside it: where things are, and how to speak.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
build=$root/build
venv=$build/venv
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/fotc
jobs=$(nproc)

# say TEXT: a line about what goes on. Standard output stays for results.
say() {
  printf '== %s\n' "$*" >&2
}

# die TEXT: the one sentence that says why it did not work.
die() {
  printf 'error: %s\n' "$*" >&2
  exit 1
}

# logged NAME COMMAND...: runs a long command with its output in
# build/logs/NAME.log, says how long it took, and shows the log if it fails.
# `progress` is a filter for the lines worth showing meanwhile.
logged() {
  local name=$1 start=$SECONDS log=$build/logs/$1.log
  shift
  mkdir -p "$build/logs"
  if ! "$@" 2>&1 </dev/null | tee "$log" | progress >&2; then
    tail -n 60 "$log" >&2
    die "$name failed, the whole output is in $log"
  fi
  say "$name: done in $((SECONDS - start)) s"
}

# One line in twenty is enough to see that a build moves; on a terminal they
# overwrite each other.
progress() {
  if [ -t 2 ]; then
    awk '{ printf "\r\033[K%s", substr($0, 1, 78); fflush() }
         END { printf "\r\033[K" }'
  else
    awk 'NR % 20 == 0 { print "   " substr($0, 1, 75); fflush() }'
  fi
}
