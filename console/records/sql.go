package records

// The decision in force of each claim, as a row of the queue needs it. %s is the condition.
const summarySQL = `SELECT insurer, claim, revision, line, stage, score, score_base, toString(outcome), hold, rule_ids, rule_weights,
rule_texts, fact_rules, fact_names, fact_values, fact_thresholds, ring_ids,
length(arrayFilter(r -> r = ring_ids[1], ring_member_rings)) AS ring_size,
toString(claimed), claimed_currency, reported_at, decided_at, decision_partition, decision_offset, region, country
FROM claims_current WHERE %s ORDER BY score DESC, insurer, claim`

// openCondition chooses the claims that wait for a person.
const openCondition = `stage NOT IN ('paid', 'closed') AND claim_outcome = '' AND outcome IN ('review', 'investigate')`

// namedCondition: a number of a claim has no control character, so one can separate them.
const namedCondition = `has(splitByChar(char(31), {refs:String}), concat(insurer, '/', claim))`

// tokensCondition: the index on token_bits finds the rows, token_values says which they are.
const tokensCondition = `hasAny(token_bits, arrayMap(t -> toFixedString(tryBase32Decode(concat(upper(arrayElement(splitByChar('_', t), 3)), '======')), 16),
    splitByChar(',', {tokens:String}))) AND hasAny(token_values, splitByChar(',', {tokens:String}))`

// Every decision on one claim, asked of its own rows alone: the view claims_current looks at all claims. What is in
// force among them is chosen as that view chooses, in inForce. The skip index on claim finds the rows.
const decisionsSQL = `SELECT toString(kind), revision, decided_at, score, score_base, toString(outcome), hold, ruleset, rule_ids, rule_weights,
rule_texts, fact_rules, fact_names, fact_values, fact_thresholds, ring_ids,
length(arrayFilter(r -> r = ring_ids[1], ring_member_rings)), journal_partition, journal_offset, base64Encode(commitment),
source_epoch, source_partition, source_offset, line, stage, toString(claimed), claimed_currency, reported_at, region, country,
event, token_paths, token_roles, arrayMap(d -> toString(d), token_domains), token_values
FROM entries_deduped WHERE insurer = {insurer:String} AND claim = {claim:String} AND kind IN ('decided', 'rescored')
ORDER BY revision, journal_partition, journal_offset`

// Where else a token is: in the highest revision of each claim, for a link that a later one corrected is gone.
const elsewhereSQL = `SELECT token, count() AS claims, arraySort(groupArray(9)((insurer, claim))) AS refs
FROM
(
    SELECT insurer, claim, argMax(token_values, (revision, journal_offset)) AS values
    FROM entries
    WHERE kind = 'decided' AND (insurer, claim) IN
    (
        SELECT insurer, claim FROM entries WHERE kind = 'decided' AND hasAny(token_bits,
            arrayMap(t -> toFixedString(tryBase32Decode(concat(upper(arrayElement(splitByChar('_', t), 3)), '======')), 16), splitByChar(',', {tokens:String})))
    )
    GROUP BY insurer, claim
)
ARRAY JOIN arrayDistinct(values) AS token
WHERE has(splitByChar(',', {tokens:String}), token)
GROUP BY token`

// Alike: same insurer, line, cause and severity, and as many of the same rules as can be.
const similarSQL = `insurer = {insurer:String} AND claim != {claim:String} AND line = {line:String} AND
length(arrayIntersect(rule_ids, splitByChar(',', {rules:String}))) > 0`

const ringsSQL = `SELECT ring, length(members), top_score, arrayMap(m -> m.1, members), arrayMap(m -> m.2, members),
arraySort(arrayDistinct(arrayMap(t -> splitByChar('_', t)[1], tokens)))
FROM rings WHERE length(members) >= 3 ORDER BY length(members) DESC, top_score DESC, ring`

const ringSQL = `SELECT arrayMap(m -> m.1, members), arrayMap(m -> m.2, members), tokens FROM rings WHERE ring = {ring:String}`

const histogramSQL = `SELECT toUInt8(least(19, floor(score * 20))) AS bin, count() FROM claims_current
WHERE has(splitByChar(',', {insurers:String}), insurer) GROUP BY bin ORDER BY bin`

const rulesSQL = `SELECT rule, count() AS hits, countIf(claim_outcome IN ('fraud-confirmed', 'denied', 'paid')) AS known,
countIf(claim_outcome IN ('fraud-confirmed', 'denied')) AS right, avg(weight) AS weight
FROM claims_current ARRAY JOIN rule_ids AS rule, rule_weights AS weight
WHERE has(splitByChar(',', {insurers:String}), insurer) GROUP BY rule ORDER BY hits DESC, rule LIMIT 60`

const agesSQL = `SELECT line, countIf(age <= 2), countIf(age > 2 AND age <= 7), countIf(age > 7 AND age <= 14), countIf(age > 14 AND age <= 30),
countIf(age > 30), countIf(reported_at IS NULL)
FROM
(
    SELECT line, reported_at, dateDiff('day', reported_at, now64(3, 'UTC')) AS age FROM claims_current
    WHERE has(splitByChar(',', {insurers:String}), insurer) AND ` + openCondition + `
)
GROUP BY line ORDER BY count() DESC`

// Money is never older than the loss, but a feed of the past is decided after it was paid: those are counted, not
// averaged.
const delaysSQL = `SELECT line, count(), countIf(outcome = 'settle'),
countIf(known), ifNotFinite(quantileExactIf(0.5)(taken, known), 0), ifNotFinite(quantileExactIf(0.9)(taken, known), 0), maxIf(taken, known),
countIf(after), ifNotFinite(quantileExactIf(0.5)(paying, after), 0), ifNotFinite(quantileExactIf(0.9)(paying, after), 0), maxIf(paying, after),
countIf(paid AND NOT after)
FROM
(
    SELECT line, toString(outcome) AS outcome, assumeNotNull(dateDiff('second', reported_at, decided_at)) / 3600 AS taken,
    reported_at IS NOT NULL AND ifNull(reported_at <= decided_at, false) AS known,
    arrayFilter(t -> t IS NOT NULL, arrayMap(p -> parseDateTimeBestEffortOrNull(JSONExtractString(p, 'at'), 'UTC'),
        JSONExtractArrayRaw(event, 'payments'))) AS times,
    notEmpty(times) AS paid, assumeNotNull(arrayMin(t -> toUnixTimestamp(assumeNotNull(t)), times)) AS first,
    paid AND first >= toUnixTimestamp(decided_at) AS after, (toInt64(first) - toInt64(toUnixTimestamp(decided_at))) / 3600 AS paying
    FROM claims_current WHERE has(splitByChar(',', {insurers:String}), insurer)
)
GROUP BY line ORDER BY count() DESC`

const perDaySQL = `SELECT toString(toDate(decided_at)) AS day, countIf(outcome IN ('review', 'investigate')), count() FROM claims_current
WHERE has(splitByChar(',', {insurers:String}), insurer) GROUP BY day ORDER BY day DESC LIMIT 28`
