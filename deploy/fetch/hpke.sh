#!/bin/sh
# pyhpke for the test of sealed intake: RFC 9180 in Python by somebody else, in an environment of its own. Every file that pip takes must
# have a checksum that requirements.txt names.
. "$(dirname "$0")/lib.sh"

version=0.6.5
target="$TALLYSTICK_CACHE/hpke-$version"
if [ -x "$target/bin/python" ] && "$target/bin/python" -c 'import pyhpke' 2>/dev/null; then exit 0; fi
need python3 "install Python 3.10 or later with its module venv (on Debian: apt-get install python3-venv)"

say "fetching pyhpke $version: 5 MB from PyPI"
workdir
# An environment does not survive being moved as a whole (its scripts name it), but its python does, and only that is used.
python3 -m venv "$work/hpke" || fail "python3 could not make an environment (on Debian: apt-get install python3-venv)"
"$work/hpke/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  -r "$(dirname "$0")/hpke/requirements.txt" >&2 || fail "pip could not fetch pyhpke $version (is the network there?)"
rm -rf "$target"
settle "$work/hpke" "$target"
say "in place: $target"
