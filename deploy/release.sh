#!/bin/sh
# What is released, in dist/. VERSION is stamped into the binaries.
#
#   release.sh build   a binary for each platform. Those for Linux are static and leave out the embedded ClickHouse engine,
#                      which needs libc; that for macOS has it
#   release.sh sums    the SHA-256 checksums of everything there
set -eu
case "${1:-}" in
build)
  rm -rf dist
  mkdir -p dist
  for platform in linux/amd64 linux/arm64 darwin/arm64; do
    os=${platform%/*} arch=${platform#*/}
    tags=timetzdata
    [ "$os" != linux ] || tags=static,timetzdata
    binary="dist/tallystick-$VERSION-$os-$arch"
    start=$(date +%s)
    # -buildvcs=auto is the default, which a machine's GOFLAGS may change.
    CGO_ENABLED=0 GOOS=$os GOARCH=$arch GOFLAGS='' "${GO:-go}" build -trimpath -buildvcs=auto -tags "$tags" \
      -ldflags "-s -w -X tallystick/install.version=$VERSION" -o "$binary" ./cmd/tallystick
    echo "$binary: $(($(wc -c <"$binary") / 1048576)) MiB in $(($(date +%s) - start)) s"
  done
  ;;
sums)
  cd dist
  rm -f SHA256SUMS
  if command -v sha256sum >/dev/null 2>&1; then
    sha256sum tallystick-* >SHA256SUMS
  else
    shasum -a 256 tallystick-* >SHA256SUMS
  fi
  cat SHA256SUMS
  ;;
*)
  echo "usage: release.sh build|sums" >&2
  exit 2
  ;;
esac
