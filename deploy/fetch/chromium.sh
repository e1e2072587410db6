#!/bin/sh
# A browser for the tests of the console's pages: Debian's chromium, through apt. What is installed is used as it is.
. "$(dirname "$0")/lib.sh"

for name in chromium chromium-browser google-chrome; do
  if command -v "$name" >/dev/null 2>&1; then exit 0; fi
done
command -v apt-get >/dev/null 2>&1 || fail "no browser: install Chromium, such that chromium is in the PATH"
[ "$(id -u)" = 0 ] || fail "no browser: run apt-get install chromium fonts-noto-cjk as root, once"
say "fetching Debian's chromium and a font for Chinese (some 150 MB, through apt)"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends -qq chromium fonts-noto-cjk >/dev/null ||
  fail "apt-get could not install chromium (is the network there?)"
say "in place: $(command -v chromium)"
