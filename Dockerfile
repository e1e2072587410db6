# syntax=docker/dockerfile:1

# The image of Tallystick: one static binary on nothing, run by a user without a name.
#
#   docker build -t tallystick --build-arg VERSION=$(git describe --tags --always) .
#
# The base images are pinned by version. Where your registry keeps digests, pin those.

FROM --platform=$BUILDPLATFORM golang:1.26.5-alpine3.24 AS build
WORKDIR /src
# The Go that go.mod pins builds, as everywhere; the image brings one to begin with.
ENV GOTOOLCHAIN=auto
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=unknown
ARG TARGETOS TARGETARCH
# static leaves out the embedded ClickHouse engine, which would need libc; timetzdata carries the time zones.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/cache \
    GOCACHE=/cache CGO_ENABLED=0 GOOS=$TARGETOS GOARCH=$TARGETARCH go build -trimpath -buildvcs=false -tags static,timetzdata \
    -ldflags "-s -w -X tallystick/install.version=$VERSION" -o /out/tallystick ./cmd/tallystick
# What volumes are mounted on: a new volume takes over the owner and mode of the folder below it.
RUN mkdir -p /out/tree/etc/tallystick /out/tree/var/lib/tallystick /out/tree/var/lib/witness && chmod 700 /out/tree/etc/tallystick /out/tree/var/lib/*

# For docker-compose.yml only: the same binary with a shell, to make keys and write the configuration.
FROM alpine:3.22.1 AS setup
COPY --from=build /out/tallystick /usr/local/bin/tallystick
COPY --from=build --chown=65532:65532 /out/tree/ /
COPY deploy/compose/setup.sh /setup.sh
USER 65532:65532
ENTRYPOINT ["/bin/sh", "/setup.sh"]

FROM scratch AS tallystick
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/tallystick /tallystick
COPY --from=build --chown=65532:65532 /out/tree/ /
USER 65532:65532
EXPOSE 9464
# Health says whether the process lives; compose and orchestrators ask /readyz where they decide on traffic.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/tallystick", "health", "http://127.0.0.1:9464/healthz"]
ENTRYPOINT ["/tallystick"]
CMD ["run", "--config", "/etc/tallystick/tallystick.yaml"]
