package settings

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"tallystick/journal"
	"tallystick/journal/statelog"
)

// Log is the journal, as who changes settings has it.
type Log = statelog.Log[*State]

// Put brings a blob, unless the journal has it, and returns its name.
func Put(ctx context.Context, log *Log, name string, data []byte) (*Ref, error) {
	if len(data) == 0 || len(data) > MaxBlob {
		return nil, fmt.Errorf("%s has %d bytes: want 1 to %d", name, len(data), MaxBlob)
	}
	digest := sha256.Sum256(data)
	ref := &Ref{Name: name, Digest: hex.EncodeToString(digest[:])}
	of := (len(data) + chunk - 1) / chunk
	for no := range of {
		part := data[no*chunk : min((no+1)*chunk, len(data))]
		_, err := log.Submit(ctx, statelog.Command[*State]{
			Keys: []string{ref.Digest},
			Propose: func(s *State) ([]journal.Record, error) {
				if _, have := s.blobs[digest]; have {
					return nil, nil
				}
				return []journal.Record{{Value: encodePart(digest, no, of, part)}}, nil
			},
		})
		if err != nil {
			return nil, fmt.Errorf("bringing %s into the journal of settings: %w", name, err)
		}
	}
	return ref, nil
}

// Activate puts into force what change makes of what is in force. Change is asked again where somebody else was first.
func Activate(ctx context.Context, log *Log, now time.Time, change func(s *State, next *Active) error) (Active, error) {
	var next Active
	_, err := log.Submit(ctx, statelog.Command[*State]{
		Keys: []string{"active"},
		Propose: func(s *State) ([]journal.Record, error) {
			next = s.Active()
			next.Number, next.At = next.Number+1, now.UTC().Truncate(time.Second)
			next.By, next.Reason = "", ""
			if err := change(s, &next); err != nil {
				return nil, err
			}
			if err := next.Check(); err != nil {
				return nil, err
			}
			for _, r := range []*Ref{next.Model, next.Shadow} {
				if r == nil {
					continue
				}
				if _, err := s.Blob(r); err != nil {
					return nil, err
				}
			}
			value, err := json.Marshal(next)
			if err != nil {
				return nil, fmt.Errorf("encoding settings: %w", err)
			}
			return []journal.Record{{Value: value}}, nil
		},
	})
	return next, err
}
