package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/segmentio/kafka-go"
	"golang.org/x/sync/errgroup"

	"tallystick/benchmarks/report"
	"tallystick/benchmarks/site"
	"tallystick/claim"
	"tallystick/journal"
	"tallystick/journal/fetch"
	"tallystick/pipeline"
)

// judge counts what became of every claim, prints it and returns an error if anything is lost or doubled.
func judge(ctx context.Context, s *site.Site, o options, t times, r *report.Report) error {
	counts := newTally()
	records, err := tallyAll(ctx, s, counts)
	if err != nil {
		return err
	}
	checked, err := s.Fsck(ctx)
	if err != nil {
		return err
	}
	v := counts.verdict()
	v.Lost += max(0, o.claims-int(records)) // acknowledged and no longer on the topic
	wrong := checked.Whole(records)
	wrong = append(wrong, checked.Problems...)
	void := int64(0)
	for reason, n := range checked.Void {
		void += n
		r.Note("%d batches in the journal do not count: %s", n, reason)
	}
	r.Note("fsck: %d source records, %d entries, %d rows, %d leaves in %d batches, %d under the checkpoint; %.1f s, %.1f s of CPU, %.0f MB at the most",
		checked.Records, checked.Entries, checked.Rows, checked.Anchored, checked.Batches, checked.LogSize, checked.Took.Seconds(), checked.CPU.Seconds(), float64(checked.Resident)/1e6)
	if more := int(records) - o.claims; more > 0 {
		r.Note("the producer's repeats left %d records more on the topic than it sent; each has its entry too", more)
	}

	n := float64(o.claims)
	r.Add("crash_claims", n, "claims", "records on the topic of claims", n/float64(records))
	r.Add("crash_kills", float64(o.kills), "kills", fmt.Sprintf("%d of them before the instance was ready", t.loading), float64(t.loading)/max(1, float64(o.kills)))
	r.Add("crash_lost", float64(v.Lost), "claims", "records on the topic; must be 0", float64(v.Lost)/float64(records))
	r.Add("crash_doubled", float64(v.Doubled), "claims", "records on the topic; must be 0", float64(v.Doubled)/float64(records))
	r.Add("crash_unpublished", float64(v.Unpublished), "claims", "claims without a public decision; must be 0", float64(v.Unpublished)/float64(records))
	r.Add("crash_problems", float64(checked.Total)+float64(len(wrong)-len(checked.Problems)), "problems", "what fsck found wrong or missing; must be 0", 0)
	r.Add("crash_rows", float64(checked.Rows), "rows", "entries of the journal", float64(checked.Rows)/float64(checked.Entries))
	r.Add("crash_leaves", float64(checked.Anchored), "leaves", "entries of the journal", float64(checked.Anchored)/float64(checked.Entries))
	r.Add("crash_checkpointed", float64(checked.LogSize), "batches", "batches closed", float64(checked.LogSize)/float64(checked.Batches))
	r.Add("crash_void_batches", float64(void), "batches", "kills", float64(void)/max(1, float64(o.kills)))
	addTimes(r, "crash_first_decision", t.first, "a kill to the first new decision anywhere")
	addTimes(r, "crash_all_partitions", t.all, "a kill to a new decision in every partition")
	r.Add("crash_claims_per_s", t.killed, "claims/s", fmt.Sprintf("the first tenth, without kills: %.0f claims/s", t.calm), t.killed/t.calm)
	r.Add("crash_fsck_s", checked.Took.Seconds(), "s", "for a million claims at this pace", checked.Took.Seconds()*1e6/n)
	if err := r.Print(os.Stdout); err != nil {
		return err
	}
	return v.fault(wrong)
}

// fault returns what is wrong as an error, nil if nothing is.
func (v verdict) fault(wrong []string) error {
	var errs []error
	for _, part := range []struct {
		n    int
		what string
	}{
		{v.Lost, "source records have no entry"},
		{v.Doubled, "entries are more than one for a source record"},
		{v.Unpublished, "claims have no public decision"},
		{v.Changed, "public decisions were published again with another content"},
	} {
		if part.n > 0 {
			errs = append(errs, fmt.Errorf("%d %s", part.n, part.what))
		}
	}
	if len(wrong) > 0 {
		errs = append(errs, fmt.Errorf("fsck: %s", strings.Join(wrong, "; ")))
	}
	return errors.Join(errs...)
}

// addTimes adds the middle and the longest of sorted times, each beside the other.
func addTimes(r *report.Report, name string, sorted []time.Duration, what string) {
	if len(sorted) == 0 {
		return
	}
	middle, longest := sorted[len(sorted)/2].Seconds(), sorted[len(sorted)-1].Seconds()
	r.Add(name+"_p50_s", middle, "s", fmt.Sprintf("%s, %d measured; the longest %.2f s", what, len(sorted), longest), middle/longest)
	r.Add(name+"_max_s", longest, "s", fmt.Sprintf("%s; the middle %.2f s", what, middle), longest/middle)
}

// tallyAll reads the topics and returns how many source records there are.
func tallyAll(ctx context.Context, s *site.Site, t *tally) (int64, error) {
	var records atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for p := range s.Partitions {
		g.Go(func() error {
			return errors.Join(
				readTopic(ctx, s, "claims", p, func(r *fetch.Record) error { records.Add(1); t.sent(r.Key); return nil }),
				readJournal(ctx, s, p, t),
				readTopic(ctx, s, "decisions", p, func(r *fetch.Record) error {
					var d claim.PublicDecision
					if err := json.Unmarshal(r.Value, &d); err != nil {
						return fmt.Errorf("reading a public decision: %w", err)
					}
					t.published(r.Key, d.Version, r.Value)
					return nil
				}),
			)
		})
	}
	err := g.Wait()
	return records.Load(), err
}

func journalOf(s *site.Site) journal.Config {
	return journal.Config{Addr: kafka.TCP(s.Brokers...), Transport: s.Transport, Topic: s.Topic("scored"), Name: pipeline.JournalName}
}

// readJournal counts the entries that answer a record.
func readJournal(ctx context.Context, s *site.Site, partition int, t *tally) error {
	_, err := journal.Scan(ctx, journalOf(s), partition, func(b journal.Batch) error {
		for _, record := range b.Records {
			var e struct {
				Kind claim.Kind `json:"kind"`
			}
			if err := json.Unmarshal(record.Value, &e); err != nil {
				return fmt.Errorf("reading an entry: %w", err)
			}
			if e.Kind != claim.Rescored {
				t.decided(record.Key)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("reading the journal of partition %d: %w", partition, err)
	}
	return nil
}

// readTopic yields the committed records of a partition up to its present end.
func readTopic(ctx context.Context, s *site.Site, topic string, partition int, yield func(*fetch.Record) error) error {
	r, err := fetch.NewReader(fetch.Config{
		Addr: kafka.TCP(s.Brokers...), Transport: s.Transport, Topic: s.Topic(topic), Partition: partition, MaxWait: 50 * time.Millisecond, ReadCommitted: true,
	})
	if err != nil {
		return err
	}
	end, err := r.End(ctx)
	for err == nil && r.NextOffset() < end {
		var res fetch.Result
		if res, err = r.Fetch(ctx); err != nil {
			break
		}
		for _, b := range res.Batches {
			for i := range b.Records {
				if err := yield(&b.Records[i]); err != nil {
					return err
				}
			}
		}
	}
	if err != nil {
		return fmt.Errorf("reading %s/%d: %w", topic, partition, err)
	}
	return nil
}
