package desk_test

import (
	"testing"

	"github.com/segmentio/kafka-go"

	"tallystick/claim"
	"tallystick/pipeline"
)

// away returns a partition that is not the home of the good claim, and its home.
func away(t *testing.T) (place *pipeline.Placement, at, home int) {
	t.Helper()
	place, err := pipeline.NewPlacement("murmur2", 4)
	if err != nil {
		t.Fatal(err)
	}
	home = place.Home([]byte(goodKey), 0)
	return place, (home + 1) % 4, home
}

func (o *office) lies(t *testing.T, r pipeline.Record) pipeline.Verdicts {
	t.Helper()
	v, err := o.Decide(t.Context(), []pipeline.Record{r})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestARecordAwayFromHomeIsForwardedUnopened(t *testing.T) {
	o := open(t)
	place, at, home := away(t)
	v := o.lies(t, pipeline.Record{Source: claim.SourceRef{Partition: at, Time: now}, Key: []byte(goodKey),
		Value: []byte("no claim at all"), Place: place})
	e := v.Entries[0]
	if e.Kind != claim.Forwarded || e.Context.Home != home || e.Claim != "" || len(v.Forwards) != 1 ||
		v.Forwards[0].To != home {
		t.Fatalf("%+v", v)
	}
	if o.Revisions() != 0 {
		t.Error("a revision is known that another partition decides")
	}
}

func TestARecordAtHomeIsDecidedWhateverItsHeadersSay(t *testing.T) {
	o := open(t)
	place, at, home := away(t)
	r := pipeline.Record{Source: claim.SourceRef{Partition: home, Offset: 7, Time: now}, Key: []byte(goodKey),
		Value: []byte(good), Place: place,
		Headers: header("origin", "1/0/5", "forwards", "200")}
	e := o.lies(t, r).Entries[0]
	if e.Kind != claim.Decided || e.Context.Origin == nil || e.Context.Origin.Partition != 1 ||
		e.Context.Origin.Offset != 5 {
		t.Fatalf("%+v", e)
	}
	// Sent to the other partition too, by a crash or by a producer, it comes a second time.
	r.Source.Offset = 8
	if e := o.lies(t, r).Entries[0]; e.Kind != claim.Duplicate {
		t.Errorf("the second copy is %s", e.Kind)
	}
	// Instances that disagree about the partitioner do not hand a record to each other for ever.
	r.Source.Partition = at
	if v := o.lies(t, r); v.Entries[0].Kind != claim.Dead || v.Entries[0].Dead.Code != claim.NotForwarded ||
		len(v.Dead) != 1 {
		t.Errorf("%+v", v.Entries[0])
	}
}

func TestARecordWithoutAKey(t *testing.T) {
	o := open(t)
	place, at, home := away(t)
	clear := o.lies(t, pipeline.Record{Source: claim.SourceRef{Partition: at, Time: now}, Value: []byte(good),
		Place: place})
	if e := clear.Entries[0]; e.Kind != claim.Dead || e.Dead.Code != claim.KeyMismatch {
		t.Errorf("in clear text: %+v", e)
	}
	// A dead letter is replayed without one: what it holds says where it belongs.
	v := o.lies(t, pipeline.Record{Source: claim.SourceRef{Partition: at, Offset: 1, Time: now},
		Value: clear.Dead[0].Value, Place: place})
	if len(v.Forwards) != 1 || v.Forwards[0].To != home || string(v.Forwards[0].Key) != goodKey {
		t.Errorf("replayed: %+v", v)
	}
}

func header(pairs ...string) (h []kafka.Header) {
	for i := 0; i < len(pairs); i += 2 {
		h = append(h, kafka.Header{Key: pairs[i], Value: []byte(pairs[i+1])})
	}
	return h
}
