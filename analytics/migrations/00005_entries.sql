-- One row an entry of the journal, in its third form: no sealed values, which live in the journal and its backups alone; tokens as
-- 16 bytes. (journal_partition, journal_offset) is its identity; appended_at is the time that the journal's batch carries, so a row
-- that is written again falls into the same partition and replaces itself.
-- A part below a gigabyte of plain bytes is a single file of data: a wide one keeps some 300 files for these columns, and making and
-- removing them was more than half of what an insert cost.
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS entries
(
    journal_partition    Int32,
    journal_offset       Int64                            CODEC(Delta, ZSTD),
    appended_at          DateTime64(3, 'UTC')             CODEC(Delta, ZSTD),
    entry_version        UInt16,
    kind                 Enum8('decided' = 1, 'duplicate' = 2, 'dead' = 3, 'rescored' = 4,
                               'forwarded' = 5, 'erased' = 6, 'activated' = 7),
    insurer              String,
    claim                String,
    revision             Int32,
    line                 String,
    source_epoch         UInt32,
    source_partition     Int32,
    source_offset        Int64                            CODEC(Delta, ZSTD),
    source_time          Nullable(DateTime64(3, 'UTC')),
    decided_at           DateTime64(3, 'UTC')             CODEC(Delta, ZSTD),
    content              String,
    history              Bool,
    model                String,

    score                Float64,
    score_base           Float64,
    outcome              Enum8('' = 0, 'settle' = 1, 'review' = 2, 'investigate' = 3),
    hold                 Bool,
    ruleset              String,
    rule_ids             Array(String),
    rule_weights         Array(Float64),
    rule_texts           Array(String)                    CODEC(ZSTD),
    indicator_rules      Array(String),
    indicators           Array(Int32),
    fact_rules           Array(String),
    fact_names           Array(String),
    fact_values          Array(String)                    CODEC(ZSTD),
    fact_thresholds      Array(String),
    failed_rules         Array(String),
    failed_errors        Array(String),
    ring_ids             Array(String),
    ring_member_rings    Array(String),
    ring_member_insurers Array(String),
    ring_member_claims   Array(String)                    CODEC(ZSTD),
    ring_shared_rings    Array(String),
    ring_shared_domains  Array(String),
    ring_shared_counts   Array(UInt32),

    token_paths          Array(String)                    CODEC(ZSTD),
    token_roles          Array(String)                    CODEC(ZSTD),
    token_domains        Array(FixedString(3))            CODEC(ZSTD),
    token_versions       Array(UInt16)                    CODEC(ZSTD),
    token_bits           Array(FixedString(16)),
    token_values         Array(String) ALIAS arrayMap((d, v, b) -> concat(toString(d), '_', toString(v), '_', lower(trimRight(base32Encode(b), '='))),
                                                      token_domains, token_versions, token_bits),

    stage                String,
    claim_outcome        String,
    policy_inception     Nullable(DateTime64(3, 'UTC')),
    policy_expiry        Nullable(DateTime64(3, 'UTC')),
    recorded_at          Nullable(DateTime64(3, 'UTC')),
    loss_at              Nullable(DateTime64(3, 'UTC')),
    reported_at          Nullable(DateTime64(3, 'UTC')),
    cause                String,
    severity             String,
    city                 String,
    region               String,
    country              String,
    claimed              Nullable(Decimal(18, 4)),
    claimed_currency     String,
    estimate             Nullable(Decimal(18, 4)),
    estimate_currency    String,
    reserve              Nullable(Decimal(18, 4)),
    reserve_currency     String,
    paid                 Nullable(Decimal(18, 4)),
    paid_currency        String,
    event                String                           CODEC(ZSTD(3)),

    commitment           String,

    dead_code            String,
    dead_path            String,
    dead_partition       Int32,
    dead_offset          Int64,

    -- The rows are in the journal's order, so a token or a claim may be anywhere: without these each lookup reads all.
    INDEX by_token token_bits TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX by_claim claim TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(appended_at)
ORDER BY (journal_partition, journal_offset)
-- A table that is not replicated keeps no insert tokens unless told to.
SETTINGS non_replicated_deduplication_window = 1000, min_bytes_for_wide_part = 1073741824;

-- +goose Down
DROP TABLE IF EXISTS entries;
