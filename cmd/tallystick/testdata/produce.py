"""Sends records to a topic as any program on librdkafka does by default. Standard input has a record a line: key, tab, value."""
import sys

from confluent_kafka import Producer

failed = []
producer = Producer({"bootstrap.servers": sys.argv[1]})
for line in sys.stdin.buffer:
    key, value = line.rstrip(b"\n").split(b"\t", 1)
    producer.produce(sys.argv[2], key=key, value=value, on_delivery=lambda error, _: failed.append(error) if error else None)
    producer.poll(0)
producer.flush()
sys.exit(f"{len(failed)} records failed, the first: {failed[0]}" if failed else 0)
