package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"tallystick/benchmarks/site"
	"tallystick/claim"
	"tallystick/detectors"
	"tallystick/detectors/rule"
	"tallystick/pipeline"
	"tallystick/pipeline/desk"
	"tallystick/privacy"
	"tallystick/privacy/keys/keyring"
)

// office is a desk in this process, as cmd wires it.
type office struct {
	desk    *desk.Desk
	state   *detectors.State
	dir     string
	offsets []int64 // of the next record, by partition
}

func newOffice() (*office, error) {
	dir, err := os.MkdirTemp("", "tallystick-bench-")
	if err != nil {
		return nil, err
	}
	o := &office{dir: dir}
	pass := keyring.Passphrases{Keyring: []byte("keys of a benchmark"), OfficerA: []byte("officer a of a benchmark"),
		OfficerB: []byte("officer b of a benchmark")}
	if err := keyring.Create(filepath.Join(dir, "keys"), pass, site.Insurers...); err != nil {
		return nil, err
	}
	keys, err := keyring.Open(filepath.Join(dir, "keys"), pass.Keyring)
	if err != nil {
		return nil, err
	}
	protection, err := privacy.New(privacy.Config{Keys: keys, Limits: privacy.Limits{Bytes: 256 << 10}})
	if err != nil {
		return nil, err
	}
	set, err := detectors.LoadRules(rule.FS)
	if err != nil {
		return nil, err
	}
	o.state = detectors.NewState(set, detectors.StateConfig{})
	o.desk, err = desk.New(desk.Config{
		Protection: protection, Keys: keys, State: o.state,
		Engine: detectors.NewEngine(set, o.state, detectors.Config{}),
	})
	return o, err
}

func (o *office) close() { _ = os.RemoveAll(o.dir) } // temporary

// batchRecords is the pipeline's default.
const batchRecords = 500

// decideAll decides the claims in batches of one partition, in the order of the feed. It goes on where it last ended.
func (o *office) decideAll(ctx context.Context, list []site.Message, partitions int,
	take func(partition int, entries []claim.Entry) error) error {
	waiting := make([][]pipeline.Record, partitions)
	if o.offsets == nil {
		o.offsets = make([]int64, partitions)
	}
	flush := func(p int) error {
		if len(waiting[p]) == 0 {
			return nil
		}
		v, err := o.desk.Decide(ctx, waiting[p])
		if err != nil {
			return fmt.Errorf("deciding: %w", err)
		}
		waiting[p] = waiting[p][:0]
		return take(p, v.Entries)
	}
	now := time.Now().UTC().Truncate(time.Millisecond)
	for i := range list {
		p := list[i].Partition
		waiting[p] = append(waiting[p], pipeline.Record{
			Source: claim.SourceRef{Partition: p, Offset: o.offsets[p], Time: now}, Key: list[i].Key,
			Value: list[i].Value,
		})
		o.offsets[p]++
		if len(waiting[p]) == batchRecords {
			if err := flush(p); err != nil {
				return err
			}
		}
	}
	for p := range waiting {
		if err := flush(p); err != nil {
			return err
		}
	}
	return nil
}

// stateBytes measures what the claims leave in memory: known revisions, windows and links.
func stateBytes(ctx context.Context, list []site.Message, partitions int) (perClaim float64, err error) {
	o, err := newOffice()
	if err != nil {
		return 0, err
	}
	defer o.close()
	before := liveHeap()
	if err := o.decideAll(ctx, list, partitions, func(int, []claim.Entry) error { return nil }); err != nil {
		return 0, err
	}
	grown := liveHeap() - before
	runtime.KeepAlive(o)
	return float64(grown) / float64(len(list)), nil
}

func liveHeap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
