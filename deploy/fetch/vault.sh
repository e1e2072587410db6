#!/bin/sh
# A Vault server, built from its Go module: deploy/fetch/vault pins it and all
# that it needs (go.sum holds the checksums).
. "$(dirname "$0")/lib.sh"

version=1.21.0
target="$TALLYSTICK_CACHE/bin/vault-$version"
if [ -x "$target" ]; then exit 0; fi
need go "install Go 1.26 or later from https://go.dev/dl"

say "building Vault $version: about 5 minutes on two cores, once"
workdir
mkdir -p "$TALLYSTICK_CACHE/bin"
(cd "$(dirname "$0")/vault" && GOFLAGS=-mod=readonly go build -buildvcs=false -ldflags '-s -w' -o "$work/vault" github.com/hashicorp/vault) ||
  fail "Vault could not be built"
settle "$work/vault" "$target"
say "in place: $target"
