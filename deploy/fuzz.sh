#!/bin/sh
# Every fuzz target of the packages named (./... if none) for FUZZTIME each, FUZZJOBS of them at a time, which share the cores.
# A target that fails shows all that it said and where its input was written; the others go on. The last line printed sums
# up. What was found worth keeping stays in Go's build cache, so that the next run begins there.
set -eu
GO=${GO:-go} FUZZTIME=${FUZZTIME:-10s} FUZZJOBS=${FUZZJOBS:-2}
export GO FUZZTIME FUZZJOBS

# outOfTime says whether a log has no other failure than that time ran out. Go before 1.27 takes its own deadline for a failure
# when it ends the workers at the wrong moment (golang.org/issue/75804): it then names that alone, and no input.
outOfTime() {
  ! grep -qE 'Failing input written to|^panic:|^fatal error:' "$1" &&
    awk '/^--- FAIL: / { n++; getline a; getline b; if (a == "    context deadline exceeded" && b == "FAIL") out++ } END { exit !(n == 1 && out == 1) }' "$1"
}

# one DIR TARGET
one() {
  name=$(echo "$1/$2" | tr / .)
  log=$LOGS/log.$name code=0
  workers=$(($(getconf _NPROCESSORS_ONLN) / FUZZJOBS))
  $GO test -run '^$' -fuzz "^$2\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 1s -parallel "$((workers > 0 ? workers : 1))" "./$1" >"$log" 2>&1 || code=$?
  executions=$(sed -n 's/^fuzz: .*execs: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
  if [ $code = 0 ] || outOfTime "$log"; then
    printf 'ok    %-18s %-22s %10d executions\n' "$1" "$2" "${executions:-0}" | tee "$LOGS/result.$name"
    return
  fi
  {
    cat "$log"
    printf 'FAIL  %-18s %-22s %10d executions\n' "$1" "$2" "${executions:-0}" | tee "$LOGS/result.$name"
    sed -n "s|.*Failing input written to |      failing input: $1/|p" "$log"
  } >"$log.shown"
  cat "$log.shown" # in one piece, beside what the others print
  return 1
}

if [ "${1:-}" = --one ]; then
  one "$2" "$3"
  exit
fi
LOGS=$(mktemp -d)
export LOGS
trap 'rm -rf "$LOGS"' EXIT
trap 'exit 1' HUP INT TERM
$GO list -f '{{.Dir}}' "${@:-./...}" | while read -r dir; do
  grep -hoE '^func Fuzz[A-Za-z0-9_]*' "$dir"/*_test.go 2>/dev/null | sed "s|^func |${dir#"$PWD"/} |" || :
done >"$LOGS/targets"
failed=0
xargs -n 2 -P "$FUZZJOBS" "$0" --one <"$LOGS/targets" || failed=1
cat "$LOGS"/result.* 2>/dev/null | awk -v wanted="$(wc -l <"$LOGS/targets")" -v time="$FUZZTIME" '
  { n += $4 } /^FAIL/ { failed++ }
  END {
    printf "fuzz: %d of %d targets for %s each, %d executions, %d failed\n", NR, wanted, time, n, failed
    exit wanted == 0 || NR != wanted || failed
  }' || failed=1
exit $failed
