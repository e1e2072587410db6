package records

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"tallystick/console"
)

// ringRule is the rule whose reason has a column of its own.
const ringRule = "ring"

// Records reads the analytics. It may be used concurrently.
type Records struct {
	conn    driver.Conn
	timeout time.Duration
}

// Options say where ClickHouse is. A login that may SELECT is enough.
type Options struct {
	Addr     string // host:port
	Database string
	Username string
	Password string
	TLS      *tls.Config // nil: none
	Native   bool        // the native protocol; else HTTP
}

// Open takes the options. Nothing is asked yet, so that the console starts while ClickHouse is away.
func Open(o Options) (*Records, error) {
	c := &clickhouse.Options{
		Addr: []string{o.Addr}, Auth: clickhouse.Auth{Database: o.Database, Username: o.Username, Password: o.Password},
		TLS:      o.TLS,
		Protocol: clickhouse.HTTP, DialTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second,
	}
	if o.Native {
		c.Protocol, c.Compression = clickhouse.Native, &clickhouse.Compression{Method: clickhouse.CompressionLZ4}
	}
	conn, err := clickhouse.Open(c)
	if err != nil {
		return nil, fmt.Errorf("opening ClickHouse for the console: %w", err)
	}
	return &Records{conn: conn, timeout: 30 * time.Second}, nil
}

// Close closes the connections.
func (r *Records) Close() error { return r.conn.Close() }

// Summaries returns those of refs that are stored, highest score first.
func (r *Records) Summaries(ctx context.Context, refs []console.Ref) ([]console.Summary, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	names := make([]string, len(refs))
	for i, ref := range refs {
		names[i] = ref.String()
	}
	return collect(ctx, r, "claims by number", fmt.Sprintf(summarySQL, namedCondition), scanSummary,
		named("refs", strings.Join(names, "\x1f")))
}

// Find returns at most n claims whose number contains text, highest score first.
func (r *Records) Find(ctx context.Context, text string, n int) ([]console.Summary, error) {
	return collect(ctx, r, "claims by part of their number",
		fmt.Sprintf(summarySQL, "positionCaseInsensitive(concat(insurer, '/', claim), {text:String}) > 0")+
			" LIMIT {n:UInt32}", scanSummary,
		named("text", text), named("n", strconv.Itoa(n)))
}

// WithTokens returns at most n claims that have one of the tokens, highest score first.
func (r *Records) WithTokens(ctx context.Context, tokens []string, n int) ([]console.Summary, error) {
	return collect(ctx, r, "claims by a token", fmt.Sprintf(summarySQL, tokensCondition)+" LIMIT {n:UInt32}",
		scanSummary,
		named("tokens", strings.Join(tokens, ",")), named("n", strconv.Itoa(n)))
}

// Record returns all that is known of one claim.
func (r *Records) Record(ctx context.Context, ref console.Ref) (*console.Record, error) {
	rows, err := collect(ctx, r, "a claim's decisions", decisionsSQL, scanEntry, named("insurer", ref.Insurer),
		named("claim", ref.Claim))
	if err != nil {
		return nil, err
	}
	first, force := inForce(rows)
	if first == nil {
		return nil, console.ErrNotFound
	}
	rec := first.record(ref, force)
	for i := range rows {
		rec.Decisions = append(rec.Decisions, rows[i].decision)
	}
	var event any
	d := json.NewDecoder(strings.NewReader(first.event))
	d.UseNumber()
	if err := d.Decode(&event); err != nil {
		return nil, fmt.Errorf("reading the open values of a claim out of ClickHouse: %w", err)
	}
	flatten("", event, rec.Open)
	return rec, r.elsewhere(ctx, rec)
}

// flatten writes each value under its path, such as parties[0].address.country.
func flatten(path string, v any, into map[string]string) {
	switch v := v.(type) {
	case map[string]any:
		for name, member := range v {
			flatten(strings.TrimPrefix(path+"."+name, "."), member, into)
		}
	case []any:
		for i, member := range v {
			flatten(fmt.Sprintf("%s[%d]", path, i), member, into)
		}
	default:
		into[path] = fmt.Sprint(v)
	}
}

// elsewhere counts for each token the claims that have it.
func (r *Records) elsewhere(ctx context.Context, rec *console.Record) error {
	var tokens []string
	for _, t := range rec.Tokens {
		tokens = append(tokens, t.Value)
	}
	found, err := r.withTokens(ctx, tokens)
	if err != nil {
		return err
	}
	for i := range rec.Tokens {
		t := &rec.Tokens[i]
		if f, ok := found[t.Value]; ok {
			t.Claims = f.claims
			t.Where = slices.DeleteFunc(slices.Clone(f.refs), func(o console.Ref) bool { return o == rec.Ref })
			t.Where = t.Where[:min(len(t.Where), 8)]
		}
	}
	return nil
}

type place struct {
	token  string
	claims int
	refs   []console.Ref
}

func (r *Records) withTokens(ctx context.Context, tokens []string) (map[string]place, error) {
	if len(tokens) == 0 {
		return nil, nil
	}
	all, err := collect(ctx, r, "claims with the same tokens", elsewhereSQL,
		func(rows driver.Rows) (p place, err error) {
			var n uint64
			var refs [][]any
			if err := rows.Scan(&p.token, &n, &refs); err != nil {
				return p, err
			}
			p.claims = int(n)
			for _, ref := range refs {
				p.refs = append(p.refs, console.Ref{Insurer: ref[0].(string), Claim: ref[1].(string)})
			}
			return p, nil
		}, named("tokens", strings.Join(tokens, ",")))
	if err != nil {
		return nil, err
	}
	found := make(map[string]place, len(all))
	for _, p := range all {
		found[p.token] = p
	}
	return found, nil
}

// Similar returns at most three claims of the same insurer and line with most of the same reasons.
func (r *Records) Similar(ctx context.Context, ref console.Ref) ([]console.Summary, error) {
	rows, err := collect(ctx, r, "a claim's decisions", decisionsSQL, scanEntry, named("insurer", ref.Insurer),
		named("claim", ref.Claim))
	if err != nil {
		return nil, err
	}
	first, force := inForce(rows)
	if first == nil {
		return nil, console.ErrNotFound
	}
	rec := first.record(ref, force)
	if len(rec.Rules) == 0 {
		return nil, nil
	}
	all, err := collect(ctx, r, "similar claims", fmt.Sprintf(summarySQL, similarSQL)+" LIMIT 200", scanSummary,
		named("insurer", rec.Insurer), named("claim", rec.Claim), named("line", rec.Line),
		named("rules", strings.Join(rec.Rules, ",")))
	if err != nil {
		return nil, err
	}
	shared := func(s console.Summary) (n int) {
		for _, rule := range s.Rules {
			if slices.Contains(rec.Rules, rule) {
				n++
			}
		}
		return n
	}
	slices.SortStableFunc(all, func(a, b console.Summary) int { return shared(b) - shared(a) })
	return all[:min(len(all), 3)], nil
}

// Rings returns the rings of at least three claims, the largest first.
func (r *Records) Rings(ctx context.Context) ([]console.RingSummary, error) {
	return collect(ctx, r, "rings", ringsSQL, func(rows driver.Rows) (s console.RingSummary, err error) {
		var n uint64
		var insurers, claims []string
		if err := rows.Scan(&s.ID, &n, &s.TopScore, &insurers, &claims, &s.Kinds); err != nil {
			return s, err
		}
		s.Claims, s.Refs = int(n), refs(insurers, claims)
		return s, nil
	})
}

func refs(insurers, claims []string) (all []console.Ref) {
	for i := range insurers {
		all = append(all, console.Ref{Insurer: insurers[i], Claim: claims[i]})
	}
	return all
}

// Ring returns a ring with the tokens that join it.
func (r *Records) Ring(ctx context.Context, id string) (*console.Ring, error) {
	type row struct{ insurers, claims, tokens []string }
	found, err := collect(ctx, r, "a ring", ringSQL, func(rows driver.Rows) (m row, err error) {
		return m, rows.Scan(&m.insurers, &m.claims, &m.tokens)
	}, named("ring", id))
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, console.ErrNotFound
	}
	members := refs(found[0].insurers, found[0].claims)
	ring := &console.Ring{ID: id}
	if ring.Claims, err = r.Summaries(ctx, members); err != nil {
		return nil, err
	}
	places, err := r.withTokens(ctx, found[0].tokens)
	if err != nil {
		return nil, err
	}
	for _, token := range found[0].tokens {
		domain, _, _ := strings.Cut(token, "_")
		t := console.RingToken{Value: token, Domain: domain, Total: places[token].claims, Claims: []console.Ref{}}
		for _, ref := range places[token].refs {
			if slices.Contains(members, ref) {
				t.Claims = append(t.Claims, ref)
			}
		}
		ring.Tokens = append(ring.Tokens, t)
	}
	return ring, nil
}

// Statistics returns what the lead's page shows.
func (r *Records) Statistics(ctx context.Context, insurers []string) (*console.Statistics, error) {
	s := &console.Statistics{Histogram: make([]int, 20)}
	these := named("insurers", strings.Join(insurers, ","))
	type bin struct {
		at uint8
		n  uint64
	}
	bins, err := collect(ctx, r, "scores", histogramSQL, func(rows driver.Rows) (b bin, err error) {
		return b, rows.Scan(&b.at, &b.n)
	}, these)
	if err != nil {
		return nil, err
	}
	for _, b := range bins {
		s.Histogram[b.at] = int(b.n)
	}
	s.Rules, err = collect(ctx, r, "rules", rulesSQL, func(rows driver.Rows) (q console.RuleQuality, err error) {
		var hits, known, right uint64
		err = rows.Scan(&q.Rule, &hits, &known, &right, &q.Weight)
		q.Hits, q.Known, q.Right = int(hits), int(known), int(right)
		return q, err
	}, these)
	if err != nil {
		return nil, err
	}
	s.Ages, err = collect(ctx, r, "ages", agesSQL, func(rows driver.Rows) (a console.AgeBuckets, err error) {
		var n [6]uint64
		err = rows.Scan(&a.Line, &n[0], &n[1], &n[2], &n[3], &n[4], &n[5])
		for i := range a.Buckets {
			a.Buckets[i] = int(n[i])
		}
		a.Undated = int(n[5])
		return a, err
	}, these)
	if err != nil {
		return nil, err
	}
	s.PerDay, err = collect(ctx, r, "claims a day", perDaySQL, func(rows driver.Rows) (d console.DayCount, err error) {
		var flagged, all uint64
		err = rows.Scan(&d.Day, &flagged, &all)
		d.Flagged, d.All = int(flagged), int(all)
		return d, err
	}, these)
	return s, err
}

// Delays returns how long the claims of each line waited.
func (r *Records) Delays(ctx context.Context, insurers []string) ([]console.LineDelay, error) {
	all, err := collect(ctx, r, "delays", delaysSQL, func(rows driver.Rows) (l console.LineDelay, err error) {
		var claims, settled, decided, paid, before uint64
		d, p := &l.Decision, &l.Payment
		err = rows.Scan(&l.Line, &claims, &settled, &decided, &d.Median, &d.P90, &d.Longest, &paid, &p.Median, &p.P90,
			&p.Longest, &before)
		l.Claims, l.Settled, d.Count, p.Count, l.PaidBefore = int(claims), int(settled), int(decided), int(paid),
			int(before)
		return l, err
	}, named("insurers", strings.Join(insurers, ",")))
	if all == nil {
		all = []console.LineDelay{}
	}
	return all, err
}
