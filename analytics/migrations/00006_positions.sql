-- Where to begin reading the journal again: written after the rows that it covers, so it may be late but never early.
-- +goose NO TRANSACTION
-- +goose Up
CREATE TABLE IF NOT EXISTS positions
(
    partition Int32,
    position  String,
    version   UInt64
)
ENGINE = ReplacingMergeTree(version)
ORDER BY partition;

-- +goose Down
DROP TABLE IF EXISTS positions;
