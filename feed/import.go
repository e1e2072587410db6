package feed

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
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
	Memory   *Memory   // of what was sent before; nil: of this import alone
	Revise   bool      // send other content of a revision that was sent as the next revision
	Named    bool      // of several feeds: refused rows are written with their file

	name    string               // of the feed, where it is written with its rows
	header  bool                 // the names of the columns of Rejects are to be written
	from    int                  // rows that an earlier run has done
	reached func(rows int) error // called when all before that row are acknowledged; nil: nobody asks
}

// dryRunClaims is how many claims a dry run shows.
const dryRunClaims = 10

// Report counts what became of the rows: Rows = Imported + Rejected + Skipped + Unsent.
type Report struct {
	Rows     int
	Imported int // sent, or valid in a dry run
	Claims   int // of the imported rows: fewer, where several rows are one claim
	Rejected int
	Skipped  int
	Unsent   int            // read when an error ended the import; whether they are stored is not known
	Reasons  map[string]int // refused rows by column and reason
	Skips    map[string]int // rows passed over by reason
	Revised  int            // claims that were given the next revision
	Absent   []string       // columns of the mapping that no row of a JSON feed had
	// Unknown counts words that rules do not know, by path and word: no rule can fire on them.
	Unknown map[string]map[string]int
}

// skipResumed is the reason of a row that an earlier run has done.
const skipResumed = "done by an earlier run, by --resume"

// skipSame is the reason of a row that says once more what an earlier one said.
const skipSame = "the same claim, revision and content as an earlier row"

// Import reads the whole feed and sends its claims. A row that is refused is reported and does not stop the import. On
// an error the report says how far it came; importing again does no harm.
func Import(ctx context.Context, r *Reader, producer Producer, o ImportOptions) (Report, error) {
	if o.Batch <= 0 {
		o.Batch = 1000
	}
	if o.Memory == nil {
		o.Memory = NewMemory()
	}
	im := &importer{options: o, producer: producer, report: newReport(), revised: make(map[digest]int)}
	if o.Rejects != nil {
		im.rejects = csv.NewWriter(o.Rejects)
		if o.header || o.name == "" {
			if err := im.writeReject("file", "line", "column", "path", "code", "reason"); err != nil {
				return im.report, err
			}
		}
	}
	if o.Progress != nil {
		im.bar = newBar(r, o.Progress)
	}
	err := im.run(ctx, r)
	im.report.Unsent, im.report.Unknown, im.report.Absent = im.rows, r.Unknown(), r.Absent()
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
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionSetWidth(30),
		progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine of its own draws, which nobody waits for
		progressbar.OptionSetRenderBlankState(true), progressbar.OptionOnCompletion(func() { _, _ = fmt.Fprintln(w) }))
}

type importer struct {
	options  ImportOptions
	producer Producer
	report   Report
	revised  map[digest]int // line that was given the next revision, by claim and the revision that it had
	rejects  *csv.Writer
	bar      *progressbar.ProgressBar
	batch    []Record
	rows     int // of the batch
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
		rows := max(1, len(row.Lines))
		im.report.Rows += rows
		if row.Skipped != "" {
			im.skip(row.Skipped, rows)
			continue
		}
		if row.Rejected != nil && im.report.Rows <= im.options.from {
			im.skip(skipResumed, rows)
			continue
		}
		if row.Rejected != nil {
			if err := im.reject(row.Rejected, row.Lines); err != nil {
				return err
			}
			continue
		}
		data, no, err := im.settle(row)
		if err != nil {
			return err
		}
		if im.report.Rows <= im.options.from {
			im.skip(skipResumed, rows)
			continue
		}
		if no != nil {
			if err := im.reject(no, row.Lines); err != nil {
				return err
			}
			continue
		}
		if data == nil {
			im.skip(skipSame, rows)
			continue
		}
		if im.options.DryRun != nil {
			if err := im.show(data, rows); err != nil {
				return err
			}
			continue
		}
		im.batch = append(im.batch, Record{claim.Key(row.Event.Insurer, row.Event.ID), data})
		im.rows += rows
		if len(im.batch) >= im.options.Batch {
			if err := im.flush(ctx, r); err != nil {
				return err
			}
		}
	}
}

// contentOf returns an event as it is sent, and the digest of what it says beside its revision.
func contentOf(row Row) (data []byte, content digest, err error) {
	if row.raw != nil {
		return row.raw, digestOf(row.raw), nil
	}
	revision := row.Event.Revision
	row.Event.Revision = 0
	data, err = claim.Encode(row.Event)
	row.Event.Revision = revision
	if err != nil {
		return nil, content, fmt.Errorf("line %d: encode the claim: %w", row.Line, err)
	}
	content = digestOf(data)
	if data, err = claim.Encode(row.Event); err != nil {
		return nil, content, fmt.Errorf("line %d: encode the claim: %w", row.Line, err)
	}
	return data, content, nil
}

// settle decides under which revision an event is sent, and notes it. Without data and rejection the row says nothing
// new.
func (im *importer) settle(row Row) (data []byte, no *Rejection, err error) {
	e, memory := row.Event, im.options.Memory
	data, content, err := contentOf(row)
	if err != nil {
		return nil, nil, err
	}
	own := digestOf(claim.Key(e.Insurer, e.ID)).of(e.Revision)
	kind, line := memory.standing(e, content)
	if first := im.revised[own]; first > 0 && kind == otherBefore {
		return nil, conflict(row.Line, first), nil
	}
	switch kind {
	case sameHere:
		return nil, nil, nil
	case otherHere:
		return nil, conflict(row.Line, line), nil
	case sameBefore: // sent again: the pipeline knows a duplicate
		return data, nil, nil
	case revisedSince:
		e.Revision = memory.latest(e)
	case otherBefore:
		if !im.options.Revise || row.raw != nil {
			return nil, &Rejection{row.Line, "", "revision", claim.RevisionConflict,
				"an earlier import sent this revision with other content; --revise sends the next one"}, nil
		}
		im.revised[own] = row.Line
		e.Revision = memory.next(e)
		im.report.Revised++
	}
	if kind == revisedSince || kind == otherBefore {
		if data, err = claim.Encode(e); err != nil {
			return nil, nil, fmt.Errorf("line %d: encode the claim: %w", row.Line, err)
		}
	}
	if kind != revisedSince {
		memory.note(e, content, row.Line)
	}
	return data, nil, nil
}

func (im *importer) skip(reason string, rows int) {
	im.report.Skipped += rows
	im.report.Skips[reason] += rows
}

func conflict(line, earlier int) *Rejection {
	return &Rejection{line, "", "revision", claim.RevisionConflict,
		fmt.Sprintf("line %d has the same claim and revision with other content: "+
			"give each a revision, or say in the mapping which rows are one claim", earlier)}
}

func (im *importer) show(data []byte, rows int) error {
	im.report.Imported += rows
	if im.report.Claims++; im.report.Claims > dryRunClaims {
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

// reject notes a refused row, or all rows of a refused claim.
func (im *importer) reject(no *Rejection, lines []int) error {
	if len(lines) == 0 {
		lines = []int{no.Line}
	}
	im.report.Rejected += len(lines)
	where := no.Column
	if where == "" {
		where = "row"
	}
	im.report.Reasons[where+": "+kindOf(no)] += len(lines)
	for _, line := range lines {
		if im.rejects == nil {
			break
		}
		reason := no.Reason
		if line != no.Line {
			reason = fmt.Sprintf("as line %d of the same claim: %s", no.Line, reason)
		}
		if err := im.writeReject(im.options.name, strconv.Itoa(line), no.Column, no.Path, string(no.Code),
			reason); err != nil {
			return err
		}
	}
	return nil
}

// writeReject writes a line of the report of refused rows: with the file, where there are several.
func (im *importer) writeReject(cells ...string) error {
	if !im.options.Named {
		cells = cells[1:]
	}
	if err := im.rejects.Write(plain.Row(cells)); err != nil {
		return fmt.Errorf("write the report of refused rows: %w", err)
	}
	return nil
}

// kindOf returns a reason without the lines in it, so that what is counted stays short.
func kindOf(no *Rejection) string {
	if no.Code == claim.RevisionConflict && strings.HasPrefix(no.Reason, "line ") {
		return "an earlier row has the same claim and revision with other content"
	}
	return no.Reason
}

// flush sends the batch. After an error it is not known which of its records are stored.
func (im *importer) flush(ctx context.Context, r *Reader) error {
	if len(im.batch) > 0 {
		if err := im.producer.Produce(ctx, im.batch); err != nil {
			return fmt.Errorf("send claims after row %d: %w", im.report.Rows-im.rows, err)
		}
		im.report.Imported, im.report.Claims = im.report.Imported+im.rows, im.report.Claims+len(im.batch)
		im.rows = 0
		im.batch = im.batch[:0]
		if err := im.options.Memory.save(); err != nil {
			return err
		}
		if im.options.reached != nil {
			if err := im.options.reached(im.report.Rows); err != nil {
				return err
			}
		}
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
