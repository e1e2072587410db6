#!/bin/sh
# The Solidity compiler and the contracts of OpenZeppelin, from npm, which
# compares each package with the checksum in solc/package-lock.json.
. "$(dirname "$0")/lib.sh"

version=0.8.37
target="$TALLYSTICK_CACHE/solc-$version"
if [ "${1:-}" = --where ]; then echo "$target"; exit 0; fi
if [ -d "$target" ]; then exit 0; fi
need npm "install Node.js 18 or later (on Debian: apt-get install npm)"

say "fetching the Solidity compiler $version and OpenZeppelin's contracts: 4 MB from npm"
workdir
mkdir "$work/solc"
cp "$(dirname "$0")/solc/package.json" "$(dirname "$0")/solc/package-lock.json" "$work/solc/"
(cd "$work/solc" && npm ci --silent --ignore-scripts --no-audit --no-fund >&2) ||
  fail "npm could not fetch the Solidity compiler (is the network there?)"
settle "$work/solc" "$target"
say "in place: $target"
