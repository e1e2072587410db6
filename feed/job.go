package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// Job imports several feeds one after the other, and can go on where an interrupt ended it.
type Job struct {
	Files    []string
	Mapping  *Mapping // nil: the files hold events as they are
	Reader   Options  // of each; joined files lie beside their feed
	Import   ImportOptions
	Position string // file that keeps how far the job came; empty: none
}

// position is how far a job came.
type position struct {
	Files map[string]reached `json:"files"`
}

// reached is how far a file was read: all before that row is acknowledged or was refused.
type reached struct {
	Size int64 `json:"size"` // bytes of the file, so that another one of its name is read from its start
	Rows int   `json:"rows"`
	Done bool  `json:"done"`
}

// Run imports the files. On an error, as when ctx ends, the position says how far all claims are acknowledged;
// importing from the start does no harm either.
func (j *Job) Run(ctx context.Context, producer Producer) (Report, error) {
	total := newReport()
	at, err := j.load()
	if err != nil {
		return total, err
	}
	if j.Import.DryRun == nil && j.Import.Memory != nil && !j.Import.Memory.empty() {
		if err := j.foresee(ctx); err != nil {
			return total, err
		}
	}
	for i, path := range j.Files {
		info, err := os.Stat(path)
		if err != nil {
			return total, fmt.Errorf("open the feed: %w", err)
		}
		from := at.Files[path]
		if from.Size != info.Size() {
			from = reached{Size: info.Size()}
		}
		if from.Done {
			total.Skips[skipDone]++
			continue
		}
		o := j.Import
		o.from, o.header = from.Rows, i == 0
		if o.Named {
			o.name = path
		}
		if j.Position != "" && o.DryRun == nil {
			o.reached = func(rows int) error {
				from.Rows = rows
				at.Files[path] = from
				return j.keep(at)
			}
		}
		report, err := j.one(ctx, path, producer, o)
		total.add(report)
		if err != nil {
			return total, fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		if from.Done = true; j.Position != "" && o.DryRun == nil {
			at.Files[path] = from
			if err := j.keep(at); err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// skipDone counts the files that an earlier run has done.
const skipDone = "files that are done, by --resume"

func (j *Job) open(path string) (*Reader, error) {
	if j.Mapping == nil {
		return OpenEvents(path, j.Reader)
	}
	options := j.Reader
	options.Join = BesideFeed(filepath.Dir(path))
	return Open(j.Mapping, path, options)
}

// each reads all events.
func (r *Reader) each(ctx context.Context, visit func(row Row, content digest)) error {
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		if row.Event == nil {
			continue
		}
		_, content, err := contentOf(row)
		if err != nil {
			return err
		}
		visit(row, content)
	}
}

func (j *Job) one(ctx context.Context, path string, producer Producer, o ImportOptions) (report Report, err error) {
	r, err := j.open(path)
	if err != nil {
		return newReport(), err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return Import(ctx, r, producer, o)
}

// foresee reads the files once without sending, and says whether claims would come that the pipeline refuses, since an
// earlier import sent their revision with other content.
func (j *Job) foresee(ctx context.Context) error {
	other, fresh := 0, 0
	for _, path := range j.Files {
		r, err := j.open(path)
		if err != nil {
			return err
		}
		err = r.each(ctx, func(row Row, content digest) {
			switch kind, _ := j.Import.Memory.standing(row.Event, content); kind {
			case otherBefore:
				other++
			case newRevision:
				fresh++
			}
		})
		if err = errors.Join(err, r.Close()); err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
	}
	if other == 0 || j.Import.Revise {
		return nil
	}
	return fmt.Errorf("%w: %d claims would come with other content under a revision that was sent before, which the pipeline refuses, and %d claims or revisions are new; "+
		"--revise sends those %d as their next revision, a column mapped to revision does it otherwise; nothing was sent", ErrSentBefore, other, fresh, other)
}

// ErrSentBefore ends an import before it sends anything.
var ErrSentBefore = errors.New("the mapping or the feed changed")

func (j *Job) load() (position, error) {
	at := position{Files: make(map[string]reached)}
	if j.Position == "" || j.Import.DryRun != nil {
		return at, nil
	}
	data, err := os.ReadFile(j.Position)
	if errors.Is(err, fs.ErrNotExist) {
		return at, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &at)
	}
	if err != nil {
		return at, fmt.Errorf("read how far the import came (the file may be deleted): %w", err)
	}
	if at.Files == nil {
		at.Files = make(map[string]reached)
	}
	return at, nil
}

// keep writes the position so that a crash leaves the one before it or this one.
func (j *Job) keep(at position) error {
	data, err := json.Marshal(at)
	if err == nil {
		err = renameio.WriteFile(j.Position, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep how far the import came: %w", err)
	}
	return nil
}

func newReport() Report {
	return Report{Reasons: make(map[string]int), Skips: make(map[string]int), Unknown: make(map[string]map[string]int)}
}

// add puts the counts of another file to these.
func (r *Report) add(more Report) {
	r.Rows, r.Imported, r.Claims, r.Rejected = r.Rows+more.Rows, r.Imported+more.Imported, r.Claims+more.Claims,
		r.Rejected+more.Rejected
	r.Skipped, r.Unsent, r.Revised = r.Skipped+more.Skipped, r.Unsent+more.Unsent, r.Revised+more.Revised
	r.Absent = append(r.Absent, more.Absent...)
	for reason, n := range more.Reasons {
		r.Reasons[reason] += n
	}
	for reason, n := range more.Skips {
		r.Skips[reason] += n
	}
	for path, words := range more.Unknown {
		if r.Unknown[path] == nil {
			r.Unknown[path] = maps.Clone(words)
			continue
		}
		for word, n := range words {
			r.Unknown[path][word] += n
		}
	}
}
