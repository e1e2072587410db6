package synthetic

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"

	"tallystick/claim"
)

// Write makes the feed of cfg and writes it to events as JSON, one event a line. If labels is not nil, it receives a
// CSV file with the columns insurer, claim, kind, fraud (1 or 0) and group. It returns the number of claims of each
// kind.
func Write(cfg Config, events, labels io.Writer) (map[Kind]int, error) {
	feed, err := Generate(cfg)
	if err != nil {
		return nil, err
	}
	if labels == nil {
		labels = io.Discard
	}
	out, table, count := bufio.NewWriterSize(events, 1<<16), csv.NewWriter(labels), make(map[Kind]int)
	if err := table.Write([]string{"insurer", "claim", "kind", "fraud", "group"}); err != nil {
		return nil, fmt.Errorf("write the labels: %w", err)
	}
	for e, label := range feed {
		data, err := claim.Encode(&e)
		if err != nil {
			return count, fmt.Errorf("encode a made-up claim: %w", err)
		}
		if _, err := out.Write(append(data, '\n')); err != nil {
			return count, fmt.Errorf("write the feed: %w", err)
		}
		fraud := "0"
		if label.Kind.Fraud() {
			fraud = "1"
		}
		if err := table.Write([]string{label.Insurer, label.Claim, string(label.Kind), fraud,
			label.Group}); err != nil {
			return count, fmt.Errorf("write the labels: %w", err)
		}
		count[label.Kind]++
	}
	if err := out.Flush(); err != nil {
		return count, fmt.Errorf("write the feed: %w", err)
	}
	table.Flush()
	if err := table.Error(); err != nil {
		return count, fmt.Errorf("write the labels: %w", err)
	}
	return count, nil
}
