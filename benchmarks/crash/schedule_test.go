package main

import (
	"reflect"
	"testing"
)

func TestScheduleIsSpreadOverTheRun(t *testing.T) {
	const n, instances, from, to = 200, 3, 1000, 21000
	kills := schedule(7, n, instances, from, to)
	if !reflect.DeepEqual(kills, schedule(7, n, instances, from, to)) {
		t.Error("the same seed gives other kills")
	}
	if reflect.DeepEqual(kills, schedule(8, n, instances, from, to)) {
		t.Error("another seed gives the same kills")
	}
	met := make([]int, instances)
	loading := 0
	for i, k := range kills {
		if k.Claims < from || k.Claims >= to || i > 0 && k.Claims < kills[i-1].Claims {
			t.Errorf("kill %d at %d claims: outside the run or before the last one", i, k.Claims)
		}
		if k.Loading > 0 {
			loading++
			if k.Loading > 1 || k.Claims != kills[i-1].Claims {
				t.Errorf("kill %d does not meet the instance that is starting: %+v after %+v", i, k, kills[i-1])
			}
			continue
		}
		met[k.Instance]++
		if part := (to - from) / n; k.Claims < from+i*part || k.Claims > from+(i+1)*part {
			t.Errorf("kill %d at %d claims is not in its part", i, k.Claims)
		}
		if k.Pause < 0 || k.Pause >= longestPause {
			t.Errorf("kill %d pauses %s", i, k.Pause)
		}
	}
	for i, m := range met {
		if m < n/instances/3 {
			t.Errorf("instance %d is killed %d times of %d", i, m, n)
		}
	}
	if loading < n/10 || loading > n/3 {
		t.Errorf("%d of %d kills meet an instance that loads", loading, n)
	}
}

func TestFewKills(t *testing.T) {
	if kills := schedule(1, 0, 2, 0, 100); len(kills) != 0 {
		t.Errorf("%d kills, want none", len(kills))
	}
	if kills := schedule(1, 1, 1, 10, 11); len(kills) != 1 || kills[0].Claims != 10 || kills[0].Loading != 0 {
		t.Errorf("one kill: %+v", kills)
	}
}
