#!/bin/sh
# ClickHouse's own engine as a library (libchdb), from npm. The checksum pinned
# here is the one npm publishes for the package. Where none is pinned, whoever
# fetches names it: a library that runs in this process is not taken on npm's
# word of the moment.
. "$(dirname "$0")/lib.sh"

version=26.5.3
case "$(uname -s)-$(uname -m)" in
  Linux-x86_64)
    platform=linux-x64-gnu
    integrity=sha512-fPrLmRt5Moor9yGz4mazbrNje4t7X9KB2mTGkXFWRxRBs2iKy8yh6jx11xsa0Qr3iDFMU/yHqd+bVdYJXu3QaQ== ;;
  Linux-aarch64) platform=linux-arm64-gnu integrity= ;;
  Darwin-x86_64) platform=darwin-x64 integrity= ;;
  Darwin-arm64) platform=darwin-arm64 integrity= ;;
  *) fail "the embedded ClickHouse engine does not exist for $(uname -s) $(uname -m): use a ClickHouse server" ;;
esac

target="$TALLYSTICK_CACHE/chdb-$version-$platform"
if [ -f "$target/libchdb.so" ]; then exit 0; fi
integrity=${integrity:-${TALLYSTICK_ENGINE_INTEGRITY:-}}
[ -n "$integrity" ] || fail "no checksum of the engine is pinned for $platform. See what
  npm view @chdb/lib-$platform@$version dist.integrity
says in two places that you trust, set TALLYSTICK_ENGINE_INTEGRITY to it and run this again (or set TALLYSTICK_CHDB to a libchdb.so of your own)"
need npm "install Node.js 18 or later (on Debian: apt-get install npm), or set TALLYSTICK_CHDB to a libchdb.so"
need node "install Node.js 18 or later (on Debian: apt-get install nodejs)"

say "fetching ClickHouse's engine $version ($platform): 166 MB from npm, 560 MB unpacked"
workdir
# npm compares what it gets with the checksum the registry names.
npm pack --silent --ignore-scripts --pack-destination "$work" "@chdb/lib-$platform@$version" >/dev/null ||
  fail "npm could not fetch @chdb/lib-$platform@$version (is the network there?)"
packed=$(echo "$work"/*.tgz)
got=$(node -e '
  const h = require("crypto").createHash("sha512");
  require("fs").createReadStream(process.argv[1]).on("data", d => h.update(d))
    .on("end", () => console.log("sha512-" + h.digest("base64")));' "$packed")
[ "$got" = "$integrity" ] || fail "@chdb/lib-$platform@$version has the checksum $got, expected $integrity"
mkdir "$work/chdb"
tar -xzf "$packed" -C "$work/chdb" --strip-components=1 package/libchdb.so
settle "$work/chdb" "$target"
say "in place: $target/libchdb.so"
