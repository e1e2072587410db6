#!/bin/sh
# clickhouse-connect for the tests: ClickHouse's own client in Python.
. "$(dirname "$0")/lib.sh"
python_env clients 1.12.0 clickhouse_connect clickhouse-connect '6 MB' --only-binary :all:
