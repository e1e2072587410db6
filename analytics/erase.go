package analytics

import (
	"context"
	"fmt"

	"github.com/ClickHouse/clickhouse-go/v2"

	"tallystick/claim"
)

// erase rewrites the row that a record has, so that it says what is left of it: tokens of the parties that are left,
// and their open values. It returns when no part of the table has the old row any more. Done twice it changes nothing.
func (db *DB) erase(ctx context.Context, left *claim.Entry) error {
	paths := make([]string, 0, len(left.Tokens))
	for i := range left.Tokens {
		paths = append(paths, left.Tokens[i].Path)
	}
	event := ""
	if len(left.Values) > 0 {
		event = string(new(claim.Renderer).Append(nil, left.Values))
	}
	ctx, cancel := context.WithTimeout(ctx, db.options.Timeout)
	defer cancel()
	ctx = clickhouse.Context(ctx, clickhouse.WithSettings(clickhouse.Settings{"mutations_sync": 2}))
	err := db.conn.Exec(ctx, `ALTER TABLE entries UPDATE
		token_roles = arrayFilter((x, path) -> has($1, path), token_roles, token_paths),
		token_domains = arrayFilter((x, path) -> has($1, path), token_domains, token_paths),
		token_versions = arrayFilter((x, path) -> has($1, path), token_versions, token_paths),
		token_bits = arrayFilter((x, path) -> has($1, path), token_bits, token_paths),
		token_paths = arrayFilter(path -> has($1, path), token_paths),
		event = $2
		WHERE kind = 'decided' AND insurer = $3 AND claim = $4 AND revision = $5`,
		typedTexts(paths), event, left.Insurer, left.Claim, left.Revision)
	if err != nil {
		return fmt.Errorf("rewriting the row of a claim: %w", err)
	}
	return nil
}

// typedTexts is an array of texts; a bare [] would be one of nothing.
func typedTexts(texts []string) any {
	if len(texts) == 0 {
		return []string{""}
	}
	return texts
}
