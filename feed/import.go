package feed

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/schollz/progressbar/v3"

	"tallystick/claim"
	"tallystick/internal/plain"
)

// Record is a claim on its way to Kafka: the key is [claim.Key].
type Record struct {
	Key   []byte
	Value []byte
}

// Producer appends records. When it returns nil all of them are stored; after an error some may be. Sending a record
// again does no harm: the pipeline counts it as a duplicate.
type Producer interface {
	Produce(ctx context.Context, records []Record) error
}

// ImportOptions says how to import. The zero value sends batches of 1,000 and reports nowhere but in the [Report].
type ImportOptions struct {
	Batch    int       // records a batch; 0 means 1,000
	Progress io.Writer // where a progress bar is drawn; nil: none
	Rejects  io.Writer // where refused rows are written as CSV: line, column, path, code, reason; nil: nowhere
	DryRun   io.Writer // if set, nothing is sent: the first ten claims are written here as JSON
}

// dryRunClaims is how many claims a dry run shows.
const dryRunClaims = 10

// Report counts what became of the rows: Rows = Imported + Rejected + Skipped + Unsent.
type Report struct {
	Rows     int
	Imported int // sent, or valid in a dry run
	Rejected int
	Skipped  int
	Unsent   int            // read when an error ended the import; whether they are stored is not known
	Reasons  map[string]int // refused rows by column and reason
	Skips    map[string]int // rows passed over by reason
	// Unknown counts words that rules do not know, by path and word: no rule can fire on them.
	Unknown map[string]map[string]int
}

// skipSame is the reason of a row that says once more what an earlier one said.
const skipSame = "the same claim, revision and content as an earlier row"

// Import reads the whole feed and sends its claims. A row that is refused is reported and does not stop the import. On an
// error the report says how far it came; importing again does no harm.
func Import(ctx context.Context, r *Reader, producer Producer, o ImportOptions) (Report, error) {
	if o.Batch <= 0 {
		o.Batch = 1000
	}
	im := &importer{options: o, producer: producer, report: Report{Reasons: make(map[string]int), Skips: make(map[string]int)}}
	if o.Rejects != nil {
		im.rejects = csv.NewWriter(o.Rejects)
		if err := im.rejects.Write([]string{"line", "column", "path", "code", "reason"}); err != nil {
			return im.report, fmt.Errorf("write the report of refused rows: %w", err)
		}
	}
	if o.Progress != nil {
		im.bar = newBar(r, o.Progress)
	}
	err := im.run(ctx, r)
	im.report.Unsent, im.report.Unknown = len(im.batch), r.Unknown()
	if im.bar != nil {
		err = errors.Join(err, im.bar.Exit())
	}
	if im.rejects != nil {
		im.rejects.Flush()
		err = errors.Join(err, im.rejects.Error())
	}
	return im.report, err
}

func newBar(r *Reader, w io.Writer) *progressbar.ProgressBar {
	_, size := r.Progress()
	if size == 0 {
		size = -1
	}
	return progressbar.NewOptions64(size, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription("importing"),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetWidth(30),
		progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of its own draws, which nobody waits for
		progressbar.OptionSetRenderBlankState(true), progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(w) }))
}

type importer struct {
	options  ImportOptions
	producer Producer
	report   Report
	seen     seen
	rejects  *csv.Writer
	bar      *progressbar.ProgressBar
	batch    []Record
}

func (im *importer) run(ctx context.Context, r *Reader) error {
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return im.flush(ctx, r)
		}
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("stopped before line %d: %w", row.Line, err)
		}
		im.report.Rows++
		if row.Skipped != "" {
			im.skip(row.Skipped)
			continue
		}
		if row.Rejected != nil {
			if err := im.reject(row.Rejected); err != nil {
				return err
			}
			continue
		}
		data, err := claim.Encode(row.Event)
		if err != nil {
			return fmt.Errorf("line %d: encode the claim: %w", row.Line, err)
		}
		if line, same := im.seen.check(row.Event, data, row.Line); same {
			im.skip(skipSame)
			continue
		} else if line > 0 {
			if err := im.reject(conflict(row.Line, line)); err != nil {
				return err
			}
			continue
		}
		if im.options.DryRun != nil {
			if err := im.show(data); err != nil {
				return err
			}
			continue
		}
		im.batch = append(im.batch, Record{claim.Key(row.Event.Insurer, row.Event.ID), data})
		if len(im.batch) >= im.options.Batch {
			if err := im.flush(ctx, r); err != nil {
				return err
			}
		}
	}
}

func (im *importer) skip(reason string) {
	im.report.Skipped++
	im.report.Skips[reason]++
}

func conflict(line, earlier int) *Rejection {
	return &Rejection{line, "", "revision", claim.RevisionConflict, fmt.Sprintf("line %d has the same claim and revision with other content: "+
		"give each a revision, or say in the mapping which rows are one claim", earlier)}
}

func (im *importer) show(data []byte) error {
	if im.report.Imported++; im.report.Imported > dryRunClaims {
		return nil
	}
	v := jsontext.Value(data)
	if err := v.Indent(); err != nil {
		return fmt.Errorf("indent the claim: %w", err)
	}
	if _, err := fmt.Fprintf(im.options.DryRun, "%s\n", v); err != nil {
		return fmt.Errorf("show the claim: %w", err)
	}
	return nil
}

func (im *importer) reject(no *Rejection) error {
	im.report.Rejected++
	where := no.Column
	if where == "" {
		where = "row"
	}
	im.report.Reasons[where+": "+kindOf(no)]++
	if im.rejects == nil {
		return nil
	}
	if err := im.rejects.Write(plain.Row([]string{strconv.Itoa(no.Line), no.Column, no.Path, string(no.Code), no.Reason})); err != nil {
		return fmt.Errorf("write the report of refused rows: %w", err)
	}
	return nil
}

// kindOf returns a reason without the lines in it, so that what is counted stays short.
func kindOf(no *Rejection) string {
	if no.Code == claim.RevisionConflict {
		return "an earlier row has the same claim and revision with other content"
	}
	return no.Reason
}

// flush sends the batch. After an error it is not known which of its records are stored.
func (im *importer) flush(ctx context.Context, r *Reader) error {
	if len(im.batch) > 0 {
		if err := im.producer.Produce(ctx, im.batch); err != nil {
			return fmt.Errorf("send claims after row %d: %w", im.report.Rows-len(im.batch), err)
		}
		im.report.Imported += len(im.batch)
		im.batch = im.batch[:0]
	}
	if im.bar == nil {
		return nil
	}
	read, _ := r.Progress()
	if err := im.bar.Set64(read); err != nil {
		return fmt.Errorf("draw the progress: %w", err)
	}
	return nil
}
