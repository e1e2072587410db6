package fsck

import (
	"math/rand/v2"
	"testing"
)

func TestOffsetsAreASet(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var o offsets
		model := map[int64]bool{}
		for range random.IntN(60) {
			n := random.Int64N(40)
			if isNew := o.add(n); isNew == model[n] {
				t.Fatalf("adding %d to %v: new is %v", n, o.runs, isNew)
			}
			model[n] = true
		}
		for n := int64(-1); n < 42; n++ {
			if o.has(n) != model[n] {
				t.Fatalf("%v has %d: %v", o.runs, n, o.has(n))
			}
		}
		if o.count != int64(len(model)) {
			t.Fatalf("%v counts %d, want %d", o.runs, o.count, len(model))
		}
		for i := 1; i < len(o.runs); i++ {
			if o.runs[i].from <= o.runs[i-1].to {
				t.Fatalf("runs touch: %v", o.runs)
			}
		}
	}
}

func TestASourceWithoutHolesIsOneRun(t *testing.T) {
	var o offsets
	for n := range int64(10_000) {
		o.add(n)
	}
	if len(o.runs) != 1 {
		t.Errorf("%d runs, want 1", len(o.runs))
	}
}
