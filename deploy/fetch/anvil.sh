#!/bin/sh
# anvil, an EVM node for tests and demonstrations, from npm. The checksums are
# those that npm publishes for the package of each platform.
. "$(dirname "$0")/lib.sh"

version=1.7.1
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64)
    platform=linux-amd64
    integrity=sha512-+XmShybEaxfCrr0OUUZwYEy2OnYZt5pHH9TzBtLv3+VrK0O/ANuNSVEahqNhKHlgX7GRJ59383ofNhxkRWIYTg== ;;
  Linux-aarch64)
    platform=linux-arm64
    integrity=sha512-ykHJmFOGdBR8+9smOKBm9ZZDCCCkLQctiHOAddLvmYx9mPeBDMfq6jP51hKYsO5MG8ClPLSlWe+JpiXPjoXgBQ== ;;
  Darwin-arm64)
    platform=darwin-arm64
    integrity=sha512-JNeu3+A3f/npXLn8SR8EahVcqE7BpO9VQZMcPvSIy27/RNc1GsoEBvSLR99aSvt8sGKWAgNg/EzrtjAPq6mxcA== ;;
  Darwin-x86_64)
    platform=darwin-amd64
    integrity=sha512-OgwzwY+FsGrsPyDv4mmbhOwARO8s37YHrm2qaNzgSH4VlKnXgJCrnoT7bpgOhLyBPtxXjBT8L2E3b79deesXRg== ;;
  *) fail "anvil does not exist for $(uname -s) $(uname -m)" ;;
esac

target="$TALLYSTICK_CACHE/bin/anvil-$version"
if [ -x "$target" ]; then exit 0; fi
need npm "install Node.js 18 or later (on Debian: apt-get install npm)"
need node "install Node.js 18 or later (on Debian: apt-get install nodejs)"

say "fetching anvil $version ($platform): 19 MB from npm"
workdir
npm pack --silent --ignore-scripts --pack-destination "$work" "@foundry-rs/anvil-$platform@$version" >/dev/null ||
  fail "npm could not fetch @foundry-rs/anvil-$platform@$version (is the network there?)"
packed=$(echo "$work"/*.tgz)
got=$(node -e '
  const h = require("crypto").createHash("sha512");
  require("fs").createReadStream(process.argv[1]).on("data", d => h.update(d))
    .on("end", () => console.log("sha512-" + h.digest("base64")));' "$packed")
[ "$got" = "$integrity" ] || fail "@foundry-rs/anvil-$platform@$version has the checksum $got, expected $integrity"
tar -xzf "$packed" -C "$work" package/bin/anvil
chmod +x "$work/package/bin/anvil"
mkdir -p "$TALLYSTICK_CACHE/bin"
settle "$work/package/bin/anvil" "$target"
say "in place: $target"
