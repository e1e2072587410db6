-- Users, grants and row policies of an install on ClickHouse 24.8 or later:
--
--     clickhouse-client --secure --user admin --multiquery < deploy/clickhouse/users.sql
--
-- after `tallystick migrate`; on a cluster add ON CLUSTER to each statement. It may be run again. README.md beside this file
-- says what each role is for and what of this file is tested.
--
-- No password is in here: each user is made with a hash that no password has, until an administrator gives it one, for example
--
--     ALTER USER tallystick_run IDENTIFIED WITH sha256_password BY '...' HOST IP '10.1.0.0/16';

CREATE ROLE IF NOT EXISTS tallystick_migrator, tallystick_writer, tallystick_auditor, tallystick_revealer, tallystick_reader;

-- migrate: makes the tables and the views, and notes which steps are done.
GRANT CREATE DATABASE, CREATE TABLE, CREATE VIEW, DROP TABLE, DROP VIEW, TRUNCATE, ALTER TABLE, SELECT, INSERT ON tallystick.* TO tallystick_migrator;

-- run: appends rows and reads back nothing but its positions. It can delete no row, and change in one what an erasure takes out.
GRANT INSERT ON tallystick.entries TO tallystick_writer;
GRANT ALTER UPDATE(token_paths, token_roles, token_domains, token_versions, token_bits, event) ON tallystick.entries TO tallystick_writer;
GRANT SELECT, INSERT ON tallystick.positions TO tallystick_writer;
GRANT SELECT ON tallystick.goose_db_version TO tallystick_writer, tallystick_auditor;

-- fsck: whether each entry has its row.
GRANT SELECT(journal_partition, journal_offset, commitment) ON tallystick.entries TO tallystick_auditor;
GRANT SELECT ON tallystick.entries_deduped TO tallystick_auditor;

-- A reveal finds by insurer and claim where in the journal what it opens is sealed. The keys it needs are in Vault and claims.keys.
GRANT SELECT(journal_partition, journal_offset, appended_at, kind, insurer, claim, revision) ON tallystick.entries TO tallystick_revealer;
GRANT SELECT ON tallystick.entries_deduped TO tallystick_revealer;

-- Fraud teams: all views, and of the rows below them every column: sealed values and salts are not in ClickHouse. A view
-- reads with the rights of who asks, so grants on columns and row policies hold through it.
GRANT SELECT(journal_partition, journal_offset, appended_at, entry_version, kind, insurer, claim, revision, line, source_epoch,
    source_partition, source_offset, source_time, decided_at, content, history, model, score, score_base, outcome, hold, ruleset, rule_ids, rule_weights,
    rule_texts, indicator_rules, indicators, fact_rules, fact_names, fact_values, fact_thresholds, failed_rules, failed_errors, ring_ids,
    ring_member_rings, ring_member_insurers, ring_member_claims, ring_shared_rings, ring_shared_domains, ring_shared_counts, token_paths,
    token_roles, token_domains, token_versions, token_bits, token_values, stage, claim_outcome, policy_inception, policy_expiry, recorded_at, loss_at, reported_at, cause, severity, city, region,
    country, claimed, claimed_currency, estimate, estimate_currency, reserve, reserve_currency, paid, paid_currency, event, commitment,
    dead_code, dead_path, dead_partition, dead_offset) ON tallystick.entries TO tallystick_reader;
GRANT SELECT ON tallystick.entries_deduped TO tallystick_reader;
GRANT SELECT ON tallystick.claims_current TO tallystick_reader;
GRANT SELECT ON tallystick.open_claims TO tallystick_reader;
GRANT SELECT ON tallystick.claims_with_token TO tallystick_reader;
GRANT SELECT ON tallystick.claims_sharing_with TO tallystick_reader;
GRANT SELECT ON tallystick.intermediary_peers TO tallystick_reader;
GRANT SELECT ON tallystick.rule_precision TO tallystick_reader;
GRANT SELECT ON tallystick.age_by_stage_line TO tallystick_reader;
GRANT SELECT ON tallystick.hits_by_indicator TO tallystick_reader;
GRANT SELECT ON tallystick.rings TO tallystick_reader;

-- The policies of one table are joined by OR. The first gives readers no row at all, so that a reader of no insurer sees
-- nothing; the second leaves the others theirs, whatever users_without_row_policies_can_read_rows says.
CREATE ROW POLICY IF NOT EXISTS tallystick_nothing ON tallystick.entries FOR SELECT USING 0 TO tallystick_reader;
CREATE ROW POLICY IF NOT EXISTS tallystick_all ON tallystick.entries FOR SELECT USING 1
    TO tallystick_migrator, tallystick_auditor, tallystick_revealer;

-- They read and nothing else, and no query of theirs may take the server. The last setting lets length() and empty() work on
-- columns that are granted one by one: ClickHouse would read a part of the column for them, and refuse it.
CREATE SETTINGS PROFILE IF NOT EXISTS tallystick_reader SETTINGS readonly = 2, max_execution_time = 60 MAX 300,
    max_memory_usage = 4000000000 MAX 8000000000, optimize_functions_to_subcolumns = 0 TO tallystick_reader, tallystick_revealer;

-- One block for each insurer: a role with its row policy, and its users.
CREATE ROLE IF NOT EXISTS tallystick_reader_acme;
GRANT tallystick_reader TO tallystick_reader_acme;
CREATE ROW POLICY IF NOT EXISTS tallystick_acme ON tallystick.entries FOR SELECT USING insurer = 'acme' TO tallystick_reader_acme;
CREATE USER IF NOT EXISTS fraud_acme IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000';
GRANT tallystick_reader_acme TO fraud_acme;

-- The install's own users, each named after the command that it is for.
CREATE USER IF NOT EXISTS tallystick_migrate IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000';
CREATE USER IF NOT EXISTS tallystick_run IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000';
CREATE USER IF NOT EXISTS tallystick_fsck IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000';
CREATE USER IF NOT EXISTS tallystick_reveal IDENTIFIED WITH sha256_hash BY '0000000000000000000000000000000000000000000000000000000000000000';
GRANT tallystick_migrator TO tallystick_migrate;
GRANT tallystick_writer TO tallystick_run;
GRANT tallystick_auditor TO tallystick_fsck;
GRANT tallystick_revealer TO tallystick_reveal;

SET DEFAULT ROLE ALL TO fraud_acme, tallystick_migrate, tallystick_run, tallystick_fsck, tallystick_reveal;
