#!/bin/sh
# Apache Kafka for the tests: the jars that deploy/fetch/kafka/pom.xml names,
# through Maven, which compares each with its published checksum (-C: a
# difference is an error); then with the one that kafka/SHA256SUMS has.
. "$(dirname "$0")/lib.sh"

version=4.1.0
target="$TALLYSTICK_CACHE/kafka-$version"
if [ -d "$target" ]; then
  need java "install Java 17 or later (on Debian: apt-get install openjdk-17-jre-headless)"
  exit 0
fi
if ! command -v mvn >/dev/null 2>&1 && command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
  say "Maven is missing: installing it with apt-get"
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends maven; } >&2 ||
    fail "apt-get could not install Maven"
fi
need java "install Java 17 or later (on Debian: apt-get install openjdk-17-jre-headless)"
need mvn "install Apache Maven (on Debian: apt-get install maven; on macOS: brew install maven)"

say "fetching Apache Kafka $version: 43 MB from Maven"
workdir
mvn -q -B -C -Dstyle.color=never -f "$(dirname "$0")/kafka/pom.xml" dependency:copy-dependencies \
  -DincludeScope=runtime -DoutputDirectory="$work/kafka" >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail "Maven could not fetch Apache Kafka $version (is the network there?)"; }
[ -f "$work/kafka/kafka_2.13-$version.jar" ] || fail "Maven fetched something else than Apache Kafka $version"
sums=$(cd "$(dirname "$0")/kafka" && pwd)/SHA256SUMS
(cd "$work/kafka" && sha256 -c "$sums") >"$work/log" 2>&1 || { grep -v ': OK$' "$work/log" >&2; fail "a jar of Apache Kafka $version is not the one that deploy/fetch/kafka/SHA256SUMS names"; }
[ "$(ls "$work/kafka" | wc -l)" -eq "$(wc -l <"$sums")" ] || fail "Maven fetched jars that deploy/fetch/kafka/SHA256SUMS does not name"
settle "$work/kafka" "$target"
say "in place: $target"
