#!/bin/sh
# confluent-kafka for the tests: a producer on librdkafka, in Python, in an environment of its own. Every file that pip
# takes must have a checksum that requirements.txt names.
. "$(dirname "$0")/lib.sh"

version=2.16.1
target="$TALLYSTICK_CACHE/kafka-clients-$version"
if [ -x "$target/bin/python" ] && "$target/bin/python" -c 'import confluent_kafka' 2>/dev/null; then exit 0; fi
need python3 "install Python 3.10 or later with its module venv (on Debian: apt-get install python3-venv)"
if ! python3 -c 'import venv, ensurepip' 2>/dev/null && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  say "Python's module venv is missing: installing it with apt-get"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv; } >&2 ||
    fail "apt-get could not install python3-venv"
fi

say "fetching confluent-kafka $version: 4 MB from PyPI"
workdir
# An environment does not survive being moved as a whole (its scripts name it), but its python does, and only that is used.
python3 -m venv "$work/kafka-clients" || fail "python3 could not make an environment"
"$work/kafka-clients/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: \
  -r "$(dirname "$0")/kafka-clients/requirements.txt" >&2 || fail "pip could not fetch confluent-kafka $version (is the network there?)"
rm -rf "$target"
settle "$work/kafka-clients" "$target"
say "in place: $target"
