# What the fetch scripts share. Each puts one thing into the cache folder, under
# a name that carries its version, by renaming it when it is complete: what is
# there is whole, and a second run needs no network.

set -eu

# The same folder as analytics/engine.CacheDir.
if [ -z "${TALLYSTICK_CACHE:-}" ]; then
  case "$(uname -s)" in
    Darwin) TALLYSTICK_CACHE="$HOME/Library/Caches/tallystick" ;;
    *) TALLYSTICK_CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/tallystick" ;;
  esac
fi
mkdir -p "$TALLYSTICK_CACHE"

say() { printf '%s\n' "$*" >&2; }
fail() { say "fetch: $*"; exit 1; }

# need TOOL TEXT stops unless the tool is installed.
need() { command -v "$1" >/dev/null 2>&1 || fail "$1 is missing: $2"; }

# sha256 is sha256sum, also where (macOS) it has another name.
sha256() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$@"; else shasum -a 256 "$@"; fi; }

# workdir makes a folder beside the final place (so that the rename is atomic)
# that goes away with the script.
workdir() {
  work=$(mktemp -d "$TALLYSTICK_CACHE/.fetch-XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
}

# settle FROM TO puts a finished file or folder in place. Another run may have
# been faster: its result is as good.
settle() {
  if [ -e "$2" ]; then return; fi
  mv -T "$1" "$2" 2>/dev/null || { [ -e "$2" ] || mv "$1" "$2"; }
}

# python_env NAME VERSION MODULES WHAT SIZE [PIP-OPTION...] makes an environment of its own, NAME-VERSION, from
# NAME/requirements.txt beside the script, which must have a checksum of every file that pip takes. It is there when Python
# can import MODULES.
python_env() {
  name=$1 version=$2 modules=$3 what="$4 $2" size=$5
  shift 5
  target="$TALLYSTICK_CACHE/$name-$version"
  if [ -x "$target/bin/python" ] && "$target/bin/python" -c "import $modules" 2>/dev/null; then return; fi
  need python3 "install Python 3.10 or later with its module venv (on Debian: apt-get install python3-venv)"
  if ! python3 -c 'import venv, ensurepip' 2>/dev/null && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    say "Python's module venv is missing: installing it with apt-get"
    { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends python3-venv; } >&2 ||
      fail "apt-get could not install python3-venv"
  fi
  say "fetching $what: $size from PyPI"
  workdir
  # An environment does not survive being moved as a whole (its scripts name it), but its python does, and only that is used.
  python3 -m venv "$work/$name" || fail "python3 could not make an environment (on Debian: apt-get install python3-venv)"
  "$work/$name/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes "$@" \
    -r "$(dirname "$0")/$name/requirements.txt" >&2 || fail "pip could not fetch $what (is the network there?)"
  rm -rf "$target"
  settle "$work/$name" "$target"
  say "in place: $target"
}
