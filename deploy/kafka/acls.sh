#!/bin/sh
# Grants each role of an install what it needs on Kafka, and nothing else. It wants a cluster with an authorizer that denies
# what is not granted (authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer, and no
# allow.everyone.if.no.acl.found), and the properties file of an administrator:
#
#   BOOTSTRAP=kafka-1:9093 CLIENT=admin.properties deploy/kafka/acls.sh
#
# It may be run again: a grant that is there stays one. Users and topics can be renamed by the variables below. README.md
# beside this file says what each role is for.
set -eu

BOOTSTRAP=${BOOTSTRAP:?host:port of a broker}
CLIENT=${CLIENT:?properties file of an administrator, for --command-config}
ACLS=${ACLS:-kafka-acls.sh}

CLAIMS=${CLAIMS:-claims}
SCORED=${SCORED:-claims.scored}
KEYS=${KEYS:-claims.keys}
DEAD_LETTERS=${DEAD_LETTERS:-claims.dead-letter}
DECISIONS=${DECISIONS:-claims.decisions}
CLOSINGS=${CLOSINGS:-anchor.closings}
OUTCOMES=${OUTCOMES:-$CLAIMS.outcomes}
SETTINGS=${SETTINGS:-settings}
INTERMEDIARIES=${INTERMEDIARIES:-$CLAIMS.intermediaries}
WARNINGS=${WARNINGS:-$CLAIMS.signals}
CASES=${CASES:-cases}
CASE_KEYS=${CASE_KEYS:-cases.keys}
AUDIT=${AUDIT:-audit}
ERASURES=${ERASURES:-erasures}
GROUP=${GROUP:-tallystick}

DEPLOYER=${DEPLOYER:-tallystick-deployer}
PIPELINE=${PIPELINE:-tallystick-pipeline}
READER=${READER:-tallystick-reader}
PRODUCER=${PRODUCER:-tallystick-producer}
CLAIMS_SYSTEM=${CLAIMS_SYSTEM:-tallystick-claims-system}
OPERATOR=${OPERATOR:-tallystick-operator}
OFFICER=${OFFICER:-tallystick-officer}
AUDITOR=${AUDITOR:-tallystick-auditor}
REVEALER=${REVEALER:-tallystick-revealer}
MODELLER=${MODELLER:-tallystick-modeller}
CASEWORK=${CASEWORK:-tallystick-casework}
MEMBER=${MEMBER:-tallystick-member}
ERASER=${ERASER:-tallystick-eraser}

# allow USER OPTION...
allow() {
	user=$1
	shift
	"$ACLS" --bootstrap-server "$BOOTSTRAP" --command-config "$CLIENT" --add --allow-principal "User:$user" "$@"
}

# migrate, topics grow and case setup; nobody needs it between them.
allow "$DEPLOYER" --operation Create --operation Alter --operation DescribeConfigs \
	--topic "$CLAIMS" --topic "$SCORED" --topic "$KEYS" --topic "$DEAD_LETTERS" --topic "$DECISIONS" --topic "$CLOSINGS" \
	--topic "$OUTCOMES" --topic "$SETTINGS" --topic "$CASES" --topic "$CASE_KEYS" --topic "$AUDIT" --topic "$ERASURES"

# topics grow tells each partition of the journal from where on it decides under the new number.
allow "$DEPLOYER" --operation Read --operation Write --topic "$SCORED"

# run: an instance of the pipeline with its sinks. It cannot read back the wrapped keys, the dead letters and the decisions. It
# writes claims too: those that lie in another partition than their claim's are forwarded.
allow "$PIPELINE" --operation Read --operation Write --operation DescribeConfigs --topic "$CLAIMS"
allow "$PIPELINE" --operation Read --operation Write --operation DescribeConfigs --topic "$SCORED" --topic "$CLOSINGS"
allow "$PIPELINE" --operation Read --topic "$OUTCOMES" --topic "$WARNINGS" --topic "$SETTINGS"
allow "$PIPELINE" --operation Write --topic "$KEYS" --topic "$DEAD_LETTERS" --topic "$DECISIONS"
allow "$PIPELINE" --operation Read --topic "$ERASURES"
allow "$PIPELINE" --operation Read --group "$GROUP" --group "$GROUP.decisions"

# outcome set and import, which look for the topic of claims and make that of outcomes if it is missing.
allow "$CASEWORK" --operation Describe --topic "$CLAIMS"
allow "$CASEWORK" --operation Create --operation Write --topic "$OUTCOMES"

# model: which score is live. Who may write here decides what is held against claims.
allow "$MODELLER" --operation Create --operation Read --operation Write --operation DescribeConfigs --topic "$SETTINGS"

# intermediary import, list and show; import makes the topic if it is missing.
allow "$CASEWORK" --operation Create --operation Read --operation Write --operation DescribeConfigs --topic "$INTERMEDIARIES"

# signals serve with the install's configuration: a node of a consortium, which says what others signal of a claim.
allow "$MEMBER" --operation Describe --topic "$CLAIMS"
allow "$MEMBER" --operation Create --operation Write --topic "$WARNINGS"

# A process that only folds the journal, and prove.
allow "$READER" --operation Read --topic "$SCORED" --topic "$CLOSINGS" --topic "$ERASURES"

# import, generate, and an insurer's system that sends claims.
allow "$PRODUCER" --operation Write --topic "$CLAIMS"

# A claims system that reads the decisions, in any group whose name begins with its own.
allow "$CLAIMS_SYSTEM" --operation Read --topic "$DECISIONS"
allow "$CLAIMS_SYSTEM" --operation Read --group "$CLAIMS_SYSTEM" --resource-pattern-type prefixed

# Where an install serves several insurers (INSURERS="acme globex", kafka.decisions_by_insurer: true), each has a producer and a claims system
# of its own, which reads its own decisions alone. That a producer sends its own insurer's claims alone is not for Kafka to say: they are
# signed (docs/producers.md).
for insurer in ${INSURERS:-}; do
	allow "$DEPLOYER" --operation Create --operation Alter --operation DescribeConfigs --topic "$DECISIONS.$insurer"
	allow "$PIPELINE" --operation Write --topic "$DECISIONS.$insurer"
	allow "$CASEWORK" --operation Write --topic "$DECISIONS.$insurer"
	allow "$PRODUCER-$insurer" --operation Write --topic "$CLAIMS"
	allow "$CLAIMS_SYSTEM-$insurer" --operation Read --topic "$DECISIONS.$insurer"
	allow "$CLAIMS_SYSTEM-$insurer" --operation Read --group "$CLAIMS_SYSTEM-$insurer." --resource-pattern-type prefixed
done

# dead-letter list and replay. The letters are sealed; replay puts them back on claims. Describe tells that a topic exists and
# how many partitions it has.
allow "$OPERATOR" --operation Describe --topic "$SCORED" --topic "$KEYS" --topic "$DECISIONS"
allow "$OPERATOR" --operation Read --topic "$DEAD_LETTERS"
allow "$OPERATOR" --operation Write --topic "$CLAIMS"

# Reveal, by two officers at a terminal: the wrapped keys, the journal's entries with what they open, and the trail.
allow "$OFFICER" --operation Read --topic "$KEYS" --topic "$SCORED" --topic "$ERASURES"
allow "$OFFICER" --operation Read --operation Write --topic "$AUDIT"

# reveal serve: the same for people of the console, in a process of its own.
allow "$REVEALER" --operation Read --topic "$KEYS" --topic "$SCORED" --topic "$ERASURES"
allow "$REVEALER" --operation Read --operation Write --topic "$AUDIT"

# erase, by two officers: it says in the journal what is left of claims, and gives up the keys of those who are erased.
allow "$ERASER" --operation Read --operation Write --topic "$ERASURES" --topic "$SCORED" --topic "$KEYS" --topic "$AUDIT" --topic "$CASE_KEYS"
allow "$ERASER" --operation Read --topic "$CASES"

# fsck. It must see that every claim has its entry, so it can read the claims: give it to whom that is allowed.
allow "$AUDITOR" --operation Read --topic "$CLAIMS" --topic "$SCORED" --topic "$CLOSINGS" --topic "$DEAD_LETTERS"
allow "$AUDITOR" --operation Describe --topic "$KEYS" --topic "$DECISIONS"

# case, audit and a console: people's work. It reads what was decided, never claims nor what they are sealed with.
allow "$CASEWORK" --operation Read --operation Write --topic "$CASES" --topic "$CASE_KEYS" --topic "$AUDIT"
allow "$CASEWORK" --operation Read --topic "$SCORED"
allow "$CASEWORK" --operation Write --topic "$DECISIONS"

# A witness needs no Kafka at all: it is asked over HTTP and has its own store.
