-- A wide part keeps every column in files of its own: some 300 for these columns, and making and removing them was more
-- than half of what an insert cost. Below a gigabyte of plain bytes a part is now a single file of data, written and merged
-- as one.
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE entries MODIFY SETTING min_bytes_for_wide_part = 1073741824;

-- +goose Down
ALTER TABLE entries RESET SETTING min_bytes_for_wide_part;
