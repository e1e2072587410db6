package synthetic

import (
	"container/heap"
	"fmt"
	"time"

	"tallystick/claim"
)

// maker makes one claim of a group, recorded at the given time.
type maker func(at time.Time) claim.Event

// group is claims that belong together. Days is about how far apart they are.
type group struct {
	makers []maker
	days   float64
}

// planned is a claim of a group that is still to come.
type planned struct {
	due   int // index in the feed
	order int // breaks ties, so that the feed does not depend on the heap
	make  maker
	kind  Kind
	group string
}

type plans []planned

func (p plans) Len() int      { return len(p) }
func (p plans) Swap(i, j int) { p[i], p[j] = p[j], p[i] }
func (p plans) Less(i, j int) bool {
	return p[i].due < p[j].due || p[i].due == p[j].due && p[i].order < p[j].order
}
func (p *plans) Push(x any) { *p = append(*p, x.(planned)) }
func (p *plans) Pop() any {
	old := *p
	last := old[len(old)-1]
	old[len(old)-1] = planned{}
	*p = old[:len(old)-1]
	return last
}

// source starts a group of a kind.
type source struct {
	kind  Kind
	start func(w *world) group
}

// quota keeps the share of a sort of claims by starting its kinds by turns.
type quota struct {
	share   float64
	sources []source
	next    int
	claims  int
}

type timeline struct {
	cfg    Config
	world  *world
	ahead  plans
	quotas []*quota
	groups int
	order  int
}

func newTimeline(cfg Config) *timeline {
	return &timeline{cfg: cfg, world: newWorld(cfg), quotas: []*quota{
		{share: cfg.Fraud, sources: []source{{RingFraud, startRing}, {EarlyFraud, startEarly},
			{NearLimitFraud, startNearLimit},
			{TelematicsFraud, startTelematics}, {DuplicateFraud, startDuplicate},
			{IntermediaryFraud, startIntermediary}}},
		{share: cfg.Innocent, sources: []source{{Family, startFamily}, {Switchboard, startSwitchboard},
			{RepairChain, startRepairChain}, {Employer, startEmployer}}},
		{share: cfg.Newcomer, sources: []source{{NewGarage, startNewGarage}, {CallCentre, startCallCentre}}},
	}}
}

func (t *timeline) run(yield func(claim.Event, Label) bool) {
	for i := range t.cfg.Claims {
		t.startGroups(i)
		at := t.cfg.Start.Add(time.Duration(float64(t.cfg.Span) * float64(i) / float64(t.cfg.Claims)))
		next := planned{make: t.world.honest, kind: Honest}
		if len(t.ahead) > 0 && t.ahead[0].due <= i {
			next = heap.Pop(&t.ahead).(planned)
		}
		e := next.make(at)
		if !yield(e, Label{e.Insurer, e.ID, next.kind, next.group}) {
			return
		}
	}
}

// startGroups plans the next group of each quota that is behind its share.
func (t *timeline) startGroups(i int) {
	for _, q := range t.quotas {
		if float64(q.claims) >= q.share*float64(i+1) {
			continue
		}
		s := q.sources[q.next%len(q.sources)]
		g := s.start(t.world)
		room := t.cfg.Claims - i - len(t.ahead)
		if len(g.makers) > room {
			continue
		}
		q.next++
		q.claims += len(g.makers)
		t.groups++
		t.plan(g, s.kind, i, room)
	}
}

// plan spreads the claims of a group over the days that it takes, or over what is left of the feed.
func (t *timeline) plan(g group, kind Kind, i, room int) {
	day := float64(t.cfg.Claims) / (t.cfg.Span.Hours()/24 + 1e-9)
	gap := min(g.days*day, float64(room-1)/float64(len(g.makers)))
	at := float64(i)
	for _, m := range g.makers {
		t.order++
		heap.Push(&t.ahead, planned{int(at), t.order, m, kind, fmt.Sprintf("%s-%d", kind, t.groups)})
		at += gap * (0.4 + 0.6*t.world.r.Float64())
	}
}
