"""Asks the engine through clickhouse-connect and prints what it read as JSON, one line a query, one array a row."""

import datetime
import json
import sys
import uuid
from decimal import Decimal

import clickhouse_connect

host, port, password, mode = sys.argv[1:5]


def plain(value):
    if isinstance(value, datetime.datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    if isinstance(value, (datetime.date, Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    return value


options = {"a session": {"session_id": "s"}, "uncompressed": {"compress": False}, "as it comes": {}}[mode]
client = clickhouse_connect.get_client(host=host, port=int(port), username="default", password=password, **options)
for line in sys.stdin:
    request = json.loads(line)
    if "insert" in request:
        client.insert(request["insert"], request["rows"], column_names=request["columns"])
        continue
    rows = client.query(request["query"], settings={"max_threads": 2}).result_rows
    print(json.dumps([plain(row) for row in rows]))
