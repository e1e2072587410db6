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
