#!/bin/sh
# confluent-kafka for the tests: a producer on librdkafka, in Python.
. "$(dirname "$0")/lib.sh"
python_env kafka-clients 2.16.1 confluent_kafka confluent-kafka '4 MB' --only-binary :all:
