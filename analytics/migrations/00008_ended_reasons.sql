-- +goose NO TRANSACTION
-- +goose Up

-- As before, but where a rescored entry says something of a rule, it takes the place of what the decision on the record said of it:
-- what becomes known of other claims can end a reason, which then stands there without weight.
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
       if(in_force, arrayConcat(arrayFilter(id -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_ids),
          arrayFilter(id -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.rule_ids)), f.rule_ids) AS rule_ids,
       if(in_force, arrayConcat(arrayFilter((w, id) -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_weights, r.rescored_rule_ids),
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.rule_weights, f.rule_ids)), f.rule_weights) AS rule_weights,
       if(in_force, arrayConcat(arrayFilter((t, id) -> NOT startsWith(id, 'decided-before@'), r.rescored_rule_texts, r.rescored_rule_ids),
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.rule_texts, f.rule_ids)), f.rule_texts) AS rule_texts,
       if(in_force, arrayConcat(r.rescored_indicator_rules,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.indicator_rules, f.indicator_rules)), f.indicator_rules) AS indicator_rules,
       if(in_force, arrayConcat(r.rescored_indicators,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.indicators, f.indicator_rules)), f.indicators) AS indicators,
       if(in_force, arrayConcat(r.rescored_fact_rules,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.fact_rules, f.fact_rules)), f.fact_rules) AS fact_rules,
       if(in_force, arrayConcat(r.rescored_fact_names,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.fact_names, f.fact_rules)), f.fact_names) AS fact_names,
       if(in_force, arrayConcat(r.rescored_fact_values,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.fact_values, f.fact_rules)), f.fact_values) AS fact_values,
       if(in_force, arrayConcat(r.rescored_fact_thresholds,
          arrayFilter((x, id) -> NOT has(r.rescored_rules, splitByChar('@', id)[1]), f.fact_thresholds, f.fact_rules)), f.fact_thresholds) AS fact_thresholds,
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
           arrayMap(id -> splitByChar('@', id)[1], rule_ids) AS rescored_rules, ruleset AS rescored_ruleset, rule_ids AS rescored_rule_ids, rule_weights AS rescored_rule_weights,
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

-- +goose Down
SELECT 1; -- the view as it is does no harm to earlier versions; 00007 drops it
