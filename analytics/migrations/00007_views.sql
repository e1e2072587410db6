-- +goose NO TRANSACTION
-- +goose Up

-- A row that was written twice lies in one partition (see entries), so FINAL need not look across partitions.
CREATE OR REPLACE VIEW entries_deduped AS
SELECT *, token_values
FROM entries FINAL
SETTINGS do_not_merge_across_partitions_select_final = 1;

-- The current version of each claim. A rescored entry carries a decision and nothing else, so what is known of the claim comes from
-- the entry that decided its highest revision. The decision in force, with kind, cause and decided_at, is that of the last entry of
-- this revision in the journal, decided or rescored: it may be higher or lower than those before. It stands at decision_partition and
-- decision_offset. That is a choice among rows by their place in the journal, so the order in which they arrived does not matter,
-- and rows written twice do not either: the inner queries need not dedupe.
-- The reason decided-before of a rescored entry carries the weight of the decision that it takes the place of; the reviewer gets that
-- decision's own reasons in its place, and the weights still add up.
CREATE OR REPLACE VIEW claims_current AS
WITH r.is_rescored AND r.rescored_in_partition = f.journal_partition AND r.rescored_in_offset > f.journal_offset AS in_force
SELECT f.* EXCEPT (kind, decided_at,
           score, score_base, outcome, hold, ruleset, rule_ids, rule_weights, rule_texts, indicator_rules,
           indicators, fact_rules, fact_names, fact_values, fact_thresholds, failed_rules, failed_errors,
           ring_ids, ring_member_rings, ring_member_insurers, ring_member_claims,
           ring_shared_rings, ring_shared_domains, ring_shared_counts),
       if(in_force, r.rescored_kind, f.kind) AS kind,
       if(in_force, r.rescored_at, f.decided_at) AS decided_at,
       if(in_force, r.rescored_by_epoch, f.source_epoch) AS cause_epoch,
       if(in_force, r.rescored_by_partition, f.source_partition) AS cause_partition,
       if(in_force, r.rescored_by_offset, f.source_offset) AS cause_offset,
       if(in_force, r.rescored_in_partition, f.journal_partition) AS decision_partition,
       if(in_force, r.rescored_in_offset, f.journal_offset) AS decision_offset,
       if(in_force, r.rescored_score, f.score) AS score,
       f.score_base AS score_base, -- the reasons shown begin with those of f; a rescore may come under rules with another base
       if(in_force, r.rescored_outcome, f.outcome) AS outcome,
       if(in_force, r.rescored_hold, f.hold) AS hold,
       if(in_force, r.rescored_ruleset, f.ruleset) AS ruleset,
       if(in_force, arrayConcat(arrayFilter(id -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_ids), f.rule_ids), f.rule_ids) AS rule_ids,
       if(in_force, arrayConcat(arrayFilter((w, id) -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_weights, r.rescored_rule_ids), f.rule_weights), f.rule_weights) AS rule_weights,
       if(in_force, arrayConcat(arrayFilter((t, id) -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_texts, r.rescored_rule_ids), f.rule_texts), f.rule_texts) AS rule_texts,
       if(in_force, arrayConcat(r.rescored_indicator_rules, f.indicator_rules), f.indicator_rules) AS indicator_rules,
       if(in_force, arrayConcat(r.rescored_indicators, f.indicators), f.indicators) AS indicators,
       if(in_force, arrayConcat(r.rescored_fact_rules, f.fact_rules), f.fact_rules) AS fact_rules,
       if(in_force, arrayConcat(r.rescored_fact_names, f.fact_names), f.fact_names) AS fact_names,
       if(in_force, arrayConcat(r.rescored_fact_values, f.fact_values), f.fact_values) AS fact_values,
       if(in_force, arrayConcat(r.rescored_fact_thresholds, f.fact_thresholds), f.fact_thresholds) AS fact_thresholds,
       if(in_force, arrayConcat(r.rescored_failed_rules, f.failed_rules), f.failed_rules) AS failed_rules,
       if(in_force, arrayConcat(r.rescored_failed_errors, f.failed_errors), f.failed_errors) AS failed_errors,
       if(in_force, r.rescored_ring_ids, f.ring_ids) AS ring_ids,
       if(in_force, r.rescored_ring_member_rings, f.ring_member_rings) AS ring_member_rings,
       if(in_force, r.rescored_ring_member_insurers, f.ring_member_insurers) AS ring_member_insurers,
       if(in_force, r.rescored_ring_member_claims, f.ring_member_claims) AS ring_member_claims,
       if(in_force, r.rescored_ring_shared_rings, f.ring_shared_rings) AS ring_shared_rings,
       if(in_force, r.rescored_ring_shared_domains, f.ring_shared_domains) AS ring_shared_domains,
       if(in_force, r.rescored_ring_shared_counts, f.ring_shared_counts) AS ring_shared_counts
FROM
(
    SELECT * FROM entries_deduped
    WHERE (journal_partition, journal_offset) IN
    (
        SELECT argMax((journal_partition, journal_offset), (revision, journal_partition, journal_offset))
        FROM entries WHERE kind = 'decided' GROUP BY insurer, claim
    )
) AS f
LEFT JOIN
(
    SELECT insurer AS rescored_insurer, claim AS rescored_claim, revision AS rescored_revision, true AS is_rescored,
           kind AS rescored_kind, decided_at AS rescored_at,
           source_epoch AS rescored_by_epoch, source_partition AS rescored_by_partition, source_offset AS rescored_by_offset,
           journal_partition AS rescored_in_partition, journal_offset AS rescored_in_offset,
           score AS rescored_score, outcome AS rescored_outcome, hold AS rescored_hold,
           ruleset AS rescored_ruleset, rule_ids AS rescored_rule_ids, rule_weights AS rescored_rule_weights,
           rule_texts AS rescored_rule_texts,
           indicator_rules AS rescored_indicator_rules,
           indicators AS rescored_indicators,
           fact_rules AS rescored_fact_rules,
           fact_names AS rescored_fact_names,
           fact_values AS rescored_fact_values,
           fact_thresholds AS rescored_fact_thresholds,
           failed_rules AS rescored_failed_rules,
           failed_errors AS rescored_failed_errors,
           ring_ids AS rescored_ring_ids,
           ring_member_rings AS rescored_ring_member_rings,
           ring_member_insurers AS rescored_ring_member_insurers,
           ring_member_claims AS rescored_ring_member_claims,
           ring_shared_rings AS rescored_ring_shared_rings,
           ring_shared_domains AS rescored_ring_shared_domains,
           ring_shared_counts AS rescored_ring_shared_counts
    FROM entries_deduped
    WHERE kind = 'rescored' AND (journal_partition, journal_offset) IN
    (
        SELECT argMax((journal_partition, journal_offset), (journal_partition, journal_offset))
        FROM entries WHERE kind = 'rescored' GROUP BY insurer, claim, revision
    )
) AS r ON f.insurer = r.rescored_insurer AND f.claim = r.rescored_claim AND f.revision = r.rescored_revision;

-- 1. Open claims by score and money.
CREATE OR REPLACE VIEW open_claims AS
SELECT insurer, claim, revision, line, stage, score, outcome, hold, claimed, claimed_currency, reserve, reserve_currency,
       rule_ids, rule_texts, ring_ids, reported_at, decided_at
FROM claims_current
WHERE stage NOT IN ('paid', 'closed') AND claim_outcome = ''
ORDER BY score DESC, claimed DESC NULLS LAST, insurer, claim;

-- 2. Claims that share a token with X: a token, or a claim.
CREATE OR REPLACE VIEW claims_with_token AS
SELECT insurer, claim, revision, line, stage, score, outcome, hold, claimed, claimed_currency,
       arrayFilter((p, v) -> v = {token:String}, token_paths, token_values) AS paths
FROM claims_current
WHERE has(token_bits, toFixedString(tryBase32Decode(concat(upper(arrayElement(splitByChar('_', {token:String}), 3)), '======')), 16))
  AND has(token_values, {token:String})
ORDER BY score DESC, insurer, claim;

CREATE OR REPLACE VIEW claims_sharing_with AS
WITH (
    SELECT groupUniqArrayArray(token_bits) FROM claims_current WHERE insurer = {insurer:String} AND claim = {claim:String}
) AS mine
SELECT insurer, claim, revision, line, stage, score, outcome, hold, claimed, claimed_currency,
       arraySort(arrayDistinct(arrayFilter((t, b) -> has(mine, b), token_values, token_bits))) AS shared
FROM claims_current
WHERE hasAny(token_bits, mine) AND NOT (insurer = {insurer:String} AND claim = {claim:String})
ORDER BY length(shared) DESC, score DESC, insurer, claim;

-- 3. Repairers, agents and other intermediaries against their peers: same insurer, role, line and currency. Money of two
-- currencies is never averaged. flagged_z asks how surprising the number of flagged claims is if the intermediary were like
-- all of its peers together (so one flagged claim of one is no alarm); amount_z is how many standard deviations the
-- average amount lies above the peers' average.
CREATE OR REPLACE VIEW intermediary_peers AS
SELECT insurer, role, line, currency, token, claims, flagged, flagged / claims AS flagged_share,
       average_claimed,
       count() OVER peers AS peers,
       sum(flagged) OVER peers / sum(claims) OVER peers AS peers_flagged_share,
       avg(average_claimed) OVER peers AS peers_average_claimed,
       if(peers_flagged_share IN (0, 1), NULL,
          (flagged - claims * peers_flagged_share) / sqrt(claims * peers_flagged_share * (1 - peers_flagged_share))) AS flagged_z,
       if(stddevPop(average_claimed) OVER peers > 1e-9,
          (average_claimed - peers_average_claimed) / stddevPop(average_claimed) OVER peers, NULL) AS amount_z
FROM
(
    SELECT insurer, role, line, claimed_currency AS currency, token,
           count() AS claims,
           countIf(outcome IN ('review', 'investigate')) AS flagged,
           avg(toFloat64(claimed)) AS average_claimed
    FROM
    (
        SELECT insurer, line, claimed_currency, claimed, outcome, intermediary.1 AS role, intermediary.2 AS token
        FROM claims_current
        ARRAY JOIN arrayDistinct(arrayFilter((t, domain) -> domain = 'pid' AND t.1 != '',
            arrayZip(token_roles, token_values), token_domains)) AS intermediary
    )
    GROUP BY insurer, role, line, currency, token
)
WINDOW peers AS (PARTITION BY insurer, role, line, currency);

-- 4. Rule hits and precision by outcome. A claim counts once a rule, however many of its revisions the rule hit; what
-- became of the claim is what its current version says. Precision is over claims whose outcome is known.
CREATE OR REPLACE VIEW rule_precision AS
SELECT rule, count() AS hits,
       countIf(claim_outcome = 'fraud-confirmed') AS confirmed,
       countIf(claim_outcome = 'denied') AS denied,
       countIf(claim_outcome = 'paid') AS paid,
       countIf(claim_outcome = 'withdrawn') AS withdrawn,
       countIf(claim_outcome = '') AS undecided,
       if(confirmed + denied + paid = 0, NULL, (confirmed + denied) / (confirmed + denied + paid)) AS precision
FROM
(
    SELECT insurer, claim, arrayJoin(arrayFilter(id -> NOT startsWith(id, 'decided-before@'), groupUniqArrayArray(rule_ids))) AS rule
    FROM entries -- not deduped: a rule counts once a claim anyway
    WHERE kind IN ('decided', 'rescored')
    GROUP BY insurer, claim
) AS h
INNER JOIN (SELECT insurer, claim, claim_outcome FROM claims_current) AS c USING (insurer, claim)
GROUP BY rule
ORDER BY precision DESC NULLS LAST, hits DESC, rule;

-- 5. Age of open claims by stage and line, in days since the loss was reported. Nothing is made up for a claim without
-- that date: it is counted as undated.
CREATE OR REPLACE VIEW age_by_stage_line AS
SELECT line, stage, count() AS claims, countIf(reported_at IS NULL) AS undated,
       avg(age) AS average_days, quantileExact(0.5)(age) AS median_days, quantileExact(0.9)(age) AS p90_days,
       max(age) AS oldest_days
FROM
(
    SELECT line, stage, reported_at, dateDiff('second', reported_at, now64(3, 'UTC')) / 86400 AS age
    FROM claims_current
    WHERE stage NOT IN ('paid', 'closed') AND claim_outcome = ''
)
GROUP BY line, stage
ORDER BY line, stage;

-- Claims by indicator of fraud (numbers of docs/indicators.md).
CREATE OR REPLACE VIEW hits_by_indicator AS
SELECT indicator, uniqExact((insurer, claim)) AS claims, uniqExact(rule) AS rules
FROM claims_current
ARRAY JOIN indicators AS indicator, indicator_rules AS rule
GROUP BY indicator
ORDER BY indicator;

-- Rings as the newest decision that names them has them: members may have joined or left since older ones. Which tokens join them
-- stands with their members: those of the ring's kinds that at least two of them have.
CREATE OR REPLACE VIEW rings AS
SELECT n.ring AS ring, n.members AS members, arrayFilter(x -> has(n.domains, substring(x, 1, 3)), t.tokens) AS tokens, n.top_score AS top_score
FROM
(
    SELECT ring, argMax(ring_members, age) AS members, argMax(ring_domains, age) AS domains, max(score) AS top_score
    FROM
    (
        SELECT ring, score, (decided_at, cause_epoch, cause_partition, cause_offset, decision_partition, decision_offset) AS age,
               arrayFilter((m, of) -> of = ring, arrayZip(ring_member_insurers, ring_member_claims), ring_member_rings) AS ring_members,
               arrayFilter((d, of) -> of = ring, ring_shared_domains, ring_shared_rings) AS ring_domains
        FROM claims_current
        ARRAY JOIN ring_ids AS ring
    )
    GROUP BY ring
) AS n
LEFT JOIN
(
    SELECT ring, arraySort(groupArray(token)) AS tokens
    FROM
    (
        SELECT ring, token
        FROM
        (
            SELECT ring, insurer, claim, arrayJoin(arrayDistinct(token_values)) AS token
            FROM claims_current
            ARRAY JOIN ring_ids AS ring
        )
        GROUP BY ring, token
        HAVING uniqExact(insurer, claim) > 1
    )
    GROUP BY ring
) AS t ON n.ring = t.ring
ORDER BY length(members) DESC, ring;

-- +goose Down
DROP VIEW IF EXISTS rings;
DROP VIEW IF EXISTS hits_by_indicator;
DROP VIEW IF EXISTS age_by_stage_line;
DROP VIEW IF EXISTS rule_precision;
DROP VIEW IF EXISTS intermediary_peers;
DROP VIEW IF EXISTS claims_sharing_with;
DROP VIEW IF EXISTS claims_with_token;
DROP VIEW IF EXISTS open_claims;
DROP VIEW IF EXISTS claims_current;
DROP VIEW IF EXISTS entries_deduped;
