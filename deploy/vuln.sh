#!/bin/sh
# Known vulnerabilities in what we use. The last line printed says what came of it, and starts with "vulnerabilities:".
#
# The database is the one that GOVULNDB names, else vuln.go.dev. Where that cannot be reached it is the newest copy that
# the Go module golang.org/x/vulndb has: a few days to weeks old, and the line says of when. Without that either nothing
# is checked, and the line says so.
#
# Exit code: 0 no module that we use has a known vulnerability that our code reaches, or nothing could be checked;
# 1 one has, or the check itself failed. What the Go that go.mod pins brings along counts too: a newer one is to be pinned. What
# another Go brings, where the pinned one cannot be had, is listed and named in the last line, but no change here removes
# it. VULN=strict makes that, and an unreachable database, a failure as well.
set -eu

say() { echo "vulnerabilities: $*"; }
unreachable() {
  loudly "NOTHING WAS CHECKED. The database of known vulnerabilities could not be asked," \
    "so this run says nothing about them. Set GOVULNDB to one that can be reached."
  say "NOT CHECKED: database unreachable ($db)"
  lenient
  exit
}
# loudly says what must not be missed among the lines of a build.
loudly() {
  bar='!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!!'
  { echo "$bar"; for line; do echo "!!  $line"; done; echo "$bar"; } >&2
}
# old says so where the database is of long ago: what became known since is not in it.
old() {
  day=$(echo "$of" | sed 's/[^0-9-].*//')
  then=$(date -d "$day" +%s 2>/dev/null || date -j -f %Y-%m-%d "$day" +%s 2>/dev/null) || return 0
  days=$((($(date +%s) - then) / 86400))
  [ $days -le 60 ] || loudly "THE DATABASE IS OLD: of $day, $days days ago. What became known since was not looked for."
}
lenient() { [ "${VULN:-}" != strict ]; }

db=${GOVULNDB:-https://vuln.go.dev}
check() { ${GO:-go} tool -modfile=deploy/tools/go.mod govulncheck -db "$db" "$@"; }
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# Of when the database is govulncheck only knows if it could reach it.
of=$(check -version 2>/dev/null | sed -n 's/^DB updated: \([0-9-]*\).*/\1/p')
if [ -n "$of" ]; then
  :
elif [ -z "${GOVULNDB:-}" ] && module=$(${GO:-go} mod download -json golang.org/x/vulndb@latest 2>/dev/null); then
  dir=$(echo "$module" | sed -n 's/^\t"Dir": "\(.*\)",*$/\1/p')
  of=$(echo "$module" | sed -n 's/^\t"Version": ".*-\([0-9]\{4\}\)\([0-9][0-9]\)\([0-9][0-9]\)[0-9]\{6\}-.*/\1-\2-\3, from its Go module/p')
  db="file://$dir/data/osv"
else
  unreachable
fi

old
code=0
check "${@:-./...}" >"$log" 2>&1 || code=$?
case $code in
0 | 3) ;;
*)
  cat "$log"
  ! grep -q '^govulncheck: fetching vulnerabilities: ' "$log" || unreachable
  say "NOT CHECKED: govulncheck failed (see above)"
  exit 1
  ;;
esac
# Of each finding the first trace is enough to go by: Go's own have hundreds.
grep -vE '^ +#([2-9]|[0-9]{2,}): ' "$log" || :
go=$(grep -c '^  Standard library$' "$log" || :)
modules=$(grep -c '^  Module: ' "$log" || :)
check -version 2>/dev/null | sed -n 's/^Go: go//p' >"$log"
if [ "$((go + modules))" = 0 ] && [ $code = 0 ]; then
  say "none known (database of $of)"
  exit
fi
say "$modules in modules that we use, $go in Go $(cat "$log") on this machine (database of $of)"
[ "$modules" = 0 ] && [ "$go" != 0 ] && [ "go$(cat "$log")" != "$(sed -n 's/^toolchain //p' go.mod)" ] && lenient
