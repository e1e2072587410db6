#!/bin/sh
# Makes what the services of docker-compose.yml share: the keys of the log and of the witness, Vault's keys and roles, and
# the configuration that names them. It may run again at any time: keys that exist stay.
#
#   CONFIG   the volume that migrate and run read
#   WITNESS  the volume of the witness; in a real install it belongs to somebody else, who tells you only its public key
#   TEMPLATE the configuration with set-by-setup in two places
#   VAULT_TOKEN, CLICKHOUSE_PASSWORD
set -eu
umask 077
CONFIG="${CONFIG:-/etc/tallystick}"
WITNESS="${WITNESS:-/var/lib/witness}"
TEMPLATE="${TEMPLATE:-/template.yaml}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ ! -f "$CONFIG/log.vkey" ]; then
  rm -f "$CONFIG/log.key" # without its public half nobody has trusted it yet
  origin=$(sed -n 's/^  origin: //p' "$TEMPLATE")
  tallystick log-key "$CONFIG/log.key" "$origin" >"$work/log.vkey"
  mv "$work/log.vkey" "$CONFIG/log.vkey"
fi

if [ ! -f "$CONFIG/witness.vkey" ]; then
  # The first start of a witness makes its key and prints the public half.
  tallystick witness --dir "$work/witness" --key-file "$WITNESS/witness.key" --name witness.compose.example \
    --listen 127.0.0.1:0 --logs "$CONFIG/log.vkey" >"$work/ready" &
  pid=$!
  until grep -q '^ready' "$work/ready"; do
    kill -0 "$pid"
    sleep 0.1
  done
  kill "$pid"
  wait "$pid" || true
  awk '/^ready/ { print $3 }' "$work/ready" >"$work/witness.vkey"
  mv "$work/witness.vkey" "$CONFIG/witness.vkey"
fi

printf '%s\n' "$CLICKHOUSE_PASSWORD" >"$CONFIG/clickhouse-password"

# Vault in dev mode may have forgotten an earlier secret id, so each run makes one.
secret=$(sed -n 's/^    secret_id_file: //p' "$TEMPLATE")
rm -f "$secret"
role=$(tallystick vault setup --config "$TEMPLATE")

sed -e "s|role_id: set-by-setup|role_id: $role|" -e "s|key: set-by-setup|key: $(cat "$CONFIG/witness.vkey")|" \
  "$TEMPLATE" >"$work/tallystick.yaml"
tallystick config check --config "$work/tallystick.yaml" >/dev/null
mv "$work/tallystick.yaml" "$CONFIG/tallystick.yaml"
echo "set up; verifiers need the log's key $(cat "$CONFIG/log.vkey") and the witness's $(cat "$CONFIG/witness.vkey")"
