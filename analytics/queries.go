package analytics

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/quagmt/udecimal"
	"github.com/shopspring/decimal"

	"tallystick/claim"
)

// ErrNoClaim says that no decided entry of the claim is stored.
var ErrNoClaim = errors.New("no such claim")

// Flagged is the current version of an open claim.
type Flagged struct {
	claim.ClaimRef
	Revision int
	Line     claim.Line
	Stage    claim.Stage
	Score    float64
	Outcome  claim.Outcome
	Hold     bool
	Claimed  claim.Money // zero when absent
	Reserve  claim.Money // zero when absent
	// id@version, heaviest first; of a claim that was scored anew those of the new score come first
	Rules []string
	Texts []string // one a rule
	Rings []string
}

// TopFlagged returns the n open claims with the highest scores; of equal scores the ones with more money first.
func (db *DB) TopFlagged(ctx context.Context, n int) ([]Flagged, error) {
	const query = `SELECT insurer, claim, revision, line, stage, score, toString(outcome), hold, claimed, claimed_currency,
reserve, reserve_currency, rule_ids, rule_texts, ring_ids FROM open_claims
WHERE outcome IN ('review', 'investigate') ORDER BY score DESC, claimed DESC NULLS LAST, insurer, claim LIMIT {n:UInt32}`
	return collect(ctx, db, "the top flagged claims", func(rows driver.Rows) (f Flagged, err error) {
		var claimed, reserve amount
		var revision int32
		err = rows.Scan(&f.Insurer, &f.Claim, &revision, (*string)(&f.Line), (*string)(&f.Stage), &f.Score,
			(*string)(&f.Outcome), &f.Hold,
			&claimed.value, &claimed.currency, &reserve.value, &reserve.currency, &f.Rules, &f.Texts, &f.Rings)
		f.Revision, f.Claimed, f.Reserve = int(revision), claimed.money(), reserve.money()
		return f, err
	}, query, clickhouse.Named("n", fmt.Sprint(max(n, 0))))
}

// Sharing is the current version of a claim found through a token.
type Sharing struct {
	claim.ClaimRef
	Revision int
	Line     claim.Line
	Stage    claim.Stage
	Score    float64
	Outcome  claim.Outcome
	Hold     bool
	Claimed  claim.Money // zero when absent
	Paths    []string    // from SharingToken: where the claim has the token
	Tokens   []string    // from SharingWith: the shared tokens, sorted
}

const sharingColumns = `SELECT insurer, claim, revision, line, stage, score, toString(outcome), hold, claimed, claimed_currency, `

func scanSharing(rows driver.Rows, list func(*Sharing) *[]string) (s Sharing, err error) {
	var claimed amount
	var revision int32
	err = rows.Scan(&s.Insurer, &s.Claim, &revision, (*string)(&s.Line), (*string)(&s.Stage), &s.Score,
		(*string)(&s.Outcome), &s.Hold,
		&claimed.value, &claimed.currency, list(&s))
	s.Revision, s.Claimed = int(revision), claimed.money()
	return s, err
}

// SharingToken returns the claims that have a token, highest score first.
func (db *DB) SharingToken(ctx context.Context, token string) ([]Sharing, error) {
	return collect(ctx, db, "the claims with a token", func(rows driver.Rows) (Sharing, error) {
		return scanSharing(rows, func(s *Sharing) *[]string { return &s.Paths })
	}, sharingColumns+`paths FROM claims_with_token(token = {token:String}) ORDER BY score DESC, insurer, claim`,
		clickhouse.Named("token", token))
}

// SharingWith returns the other claims that have a token of this one, those with most of them first.
func (db *DB) SharingWith(ctx context.Context, c claim.ClaimRef) ([]Sharing, error) {
	return collect(ctx, db, "the claims that share a token with a claim", func(rows driver.Rows) (Sharing, error) {
		return scanSharing(rows, func(s *Sharing) *[]string { return &s.Tokens })
	}, sharingColumns+`shared FROM claims_sharing_with(insurer = {insurer:String}, claim = {claim:String})
ORDER BY length(shared) DESC, score DESC, insurer, claim`,
		clickhouse.Named("insurer", c.Insurer), clickhouse.Named("claim", c.Claim))
}

// Version is a decision on a claim.
type Version struct {
	Kind     claim.Kind // Decided or Rescored
	Revision int
	Score    float64
	Outcome  claim.Outcome
	Hold     bool
	Cause    claim.SourceRef // the record that it answers; of a rescore the record that caused it
	At       time.Time       // UTC
	Current  bool            // in force: exactly one of a claim's versions is
}

// History returns all decisions on a claim, the one in force first, then by revision and place in the journal, the last
// first. It returns none for a claim that is not stored.
func (db *DB) History(ctx context.Context, c claim.ClaimRef) ([]Version, error) {
	const query = `SELECT toString(kind), revision, score, toString(outcome), hold, source_epoch, source_partition, source_offset,
source_time, decided_at, revision = (SELECT max(revision) FROM entries WHERE insurer = {insurer:String} AND claim = {claim:String} AND kind = 'decided') AS decided
FROM entries_deduped WHERE insurer = {insurer:String} AND claim = {claim:String} AND kind IN ('decided', 'rescored')
ORDER BY decided DESC, revision DESC, journal_partition DESC, journal_offset DESC`
	all, err := collect(ctx, db, "a claim's history", func(rows driver.Rows) (v Version, err error) {
		var revision, partition int32
		var at *time.Time
		var decided uint8
		err = rows.Scan((*string)(&v.Kind), &revision, &v.Score, (*string)(&v.Outcome), &v.Hold, &v.Cause.Epoch,
			&partition,
			&v.Cause.Offset, &at, &v.At, &decided)
		v.Revision, v.Cause.Partition, v.At = int(revision), int(partition), v.At.UTC()
		if at != nil {
			v.Cause.Time = at.UTC()
		}
		v.Current = decided == 1
		return v, err
	}, query, clickhouse.Named("insurer", c.Insurer), clickhouse.Named("claim", c.Claim))
	for i := range all {
		all[i].Current = all[i].Current && i == 0
	}
	return all, err
}

// Peer is an intermediary against the others of its insurer, role, line and currency, itself included.
type Peer struct {
	Insurer  string
	Role     claim.Role
	Line     claim.Line
	Currency string // of the claimed amounts; empty for claims without one
	Token    string
	Claims   uint64
	Flagged  uint64 // claims to review or investigate

	FlaggedShare      float64
	PeersFlaggedShare float64
	FlaggedZ          *float64 // nil when all peers' claims are flagged, or none is
	AverageClaimed    *float64 // nil when no claim has an amount; an average, not money to account with
	PeersAverage      *float64
	AmountZ           *float64 // nil when all averages are the same
	Peers             uint64   // intermediaries compared
}

// Peers returns the intermediaries of a role, the most unusual first.
func (db *DB) Peers(ctx context.Context, role claim.Role) ([]Peer, error) {
	const query = `SELECT insurer, role, line, currency, token, claims, flagged, flagged_share, peers_flagged_share, flagged_z,
average_claimed, peers_average_claimed, amount_z, peers FROM intermediary_peers WHERE role = {role:String}
ORDER BY flagged_z DESC NULLS LAST, amount_z DESC NULLS LAST, insurer, line, currency, token`
	return collect(ctx, db, "intermediaries and their peers", func(rows driver.Rows) (p Peer, err error) {
		err = rows.Scan(&p.Insurer, (*string)(&p.Role), (*string)(&p.Line), &p.Currency, &p.Token, &p.Claims,
			&p.Flagged, &p.FlaggedShare,
			&p.PeersFlaggedShare, &p.FlaggedZ, &p.AverageClaimed, &p.PeersAverage, &p.AmountZ, &p.Peers)
		return p, err
	}, query, clickhouse.Named("role", string(role)))
}

// Precision is how a rule has done. Hits are claims, and each is in one of the five counts after it unless its outcome
// is of another name.
type Precision struct {
	Rule                                          string // id@version
	Hits                                          uint64
	Confirmed, Denied, Paid, Withdrawn, Undecided uint64
	// (confirmed+denied)/(confirmed+denied+paid); nil when none is known
	Precision *float64
}

// RulePrecision returns all rules that hit, the most precise first.
func (db *DB) RulePrecision(ctx context.Context) ([]Precision, error) {
	return collect(ctx, db, "rules and their precision", func(rows driver.Rows) (p Precision, err error) {
		err = rows.Scan(&p.Rule, &p.Hits, &p.Confirmed, &p.Denied, &p.Paid, &p.Withdrawn, &p.Undecided, &p.Precision)
		return p, err
	}, `SELECT rule, hits, confirmed, denied, paid, withdrawn, undecided, precision FROM rule_precision
ORDER BY precision DESC NULLS LAST, hits DESC, rule`)
}

// Age is how old the open claims of a line and stage are, in days since they were reported.
type Age struct {
	Line                         claim.Line
	Stage                        claim.Stage
	Claims                       uint64
	Undated                      uint64   // of these, without a day of report
	Average, Median, P90, Oldest *float64 // nil when all are undated
}

// Ages returns the open claims by line and stage.
func (db *DB) Ages(ctx context.Context) ([]Age, error) {
	return collect(ctx, db, "ages of open claims", func(rows driver.Rows) (a Age, err error) {
		err = rows.Scan((*string)(&a.Line), (*string)(&a.Stage), &a.Claims, &a.Undated, &a.Average, &a.Median, &a.P90,
			&a.Oldest)
		return a, err
	}, `SELECT line, stage, claims, undated, average_days, median_days, p90_days, oldest_days FROM age_by_stage_line ORDER BY line, stage`)
}

// Count is what is stored of a kind of entry.
type Count struct {
	Kind    claim.Kind
	Rows    uint64 // after deduping
	Sources uint64 // distinct source records; of rescored entries: distinct causes
}

// Counts returns the kinds that are stored. The Sources of all kinds that answer add up to the source records that have
// an entry.
func (db *DB) Counts(ctx context.Context) ([]Count, error) {
	return collect(ctx, db, "entries", func(rows driver.Rows) (c Count, err error) {
		err = rows.Scan((*string)(&c.Kind), &c.Rows, &c.Sources)
		return c, err
	}, `SELECT toString(kind) AS k, count(), uniqExact(source_epoch, source_partition, source_offset) FROM entries_deduped GROUP BY k ORDER BY k`)
}

// IndicatorHits is how often an indicator stands on a claim's current version.
type IndicatorHits struct {
	Indicator int    // number in docs/indicators.md
	Claims    uint64 // that have it
	Rules     uint64 // that found it
}

// HitsByIndicator returns the indicators that were found, by number.
func (db *DB) HitsByIndicator(ctx context.Context) ([]IndicatorHits, error) {
	return collect(ctx, db, "hits by indicator", func(rows driver.Rows) (h IndicatorHits, err error) {
		var n int32
		err = rows.Scan(&n, &h.Claims, &h.Rules)
		h.Indicator = int(n)
		return h, err
	}, `SELECT indicator, claims, rules FROM hits_by_indicator ORDER BY indicator`)
}

// Ring is a ring as the newest entry that names it has it.
type Ring struct {
	claim.Ring
	Tokens   []string // that join it, sorted: of the ring's kinds, held by two members at least
	TopScore float64  // of its claims' current versions
}

// Rings returns the rings with at least so many claims, the largest first.
func (db *DB) Rings(ctx context.Context, atLeast int) ([]Ring, error) {
	return collect(ctx, db, "rings", func(rows driver.Rows) (r Ring, err error) {
		var insurers, claims []string
		if err := rows.Scan(&r.ID, &insurers, &claims, &r.Tokens, &r.TopScore); err != nil {
			return r, err
		}
		for i := range insurers {
			r.Claims = append(r.Claims, claim.ClaimRef{Insurer: insurers[i], Claim: claims[i]})
		}
		return r, nil
	}, `SELECT ring, arrayMap(m -> m.1, members), arrayMap(m -> m.2, members), tokens, top_score FROM rings
WHERE length(members) >= {n:UInt32} ORDER BY length(members) DESC, top_score DESC, ring`, clickhouse.Named("n", fmt.Sprint(max(atLeast, 0))))
}

// Positions returns the stored position of each journal partition: where a sink may begin reading again, or a place
// before it. A partition that is absent begins at its start.
func (db *DB) Positions(ctx context.Context) (map[int]string, error) {
	type position struct {
		partition int32
		text      string
	}
	all, err := collect(ctx, db, "positions", func(rows driver.Rows) (p position, err error) {
		err = rows.Scan(&p.partition, &p.text)
		return p, err
	}, `SELECT partition, argMax(position, version) FROM positions GROUP BY partition`)
	if err != nil {
		return nil, err
	}
	m := make(map[int]string, len(all))
	for _, p := range all {
		m[int(p.partition)] = p.text
	}
	return m, nil
}

// amount is money as two columns have it.
type amount struct {
	value    *decimal.Decimal
	currency string
}

func (a amount) money() claim.Money {
	if a.value == nil {
		return claim.Money{}
	}
	d, err := udecimal.Parse(a.value.String())
	if err != nil {
		panic("analytics: a Decimal(18, 4) is no decimal: " + err.Error()) // unreachable: 18 digits always fit
	}
	return claim.Money{Amount: d, Currency: a.currency}
}

// collect runs a query and scans its rows. The arguments are bound by the server, never put into the text.
func collect[T any](ctx context.Context, db *DB, what string, scan func(driver.Rows) (T, error), query string,
	args ...any) (all []T, err error) {
	ctx, cancel := context.WithTimeout(ctx, db.options.Timeout)
	defer cancel()
	rows, err := db.conn.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("analytics: asking for %s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, fmt.Errorf("analytics: reading %s: %w", what, err)
		}
		all = append(all, v)
	}
	if err := rows.Err(); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("analytics: reading %s: %w", what, err)
	}
	return all, nil
}
