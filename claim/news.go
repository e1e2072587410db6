package claim

import "time"

// News is what became known of a claim through a journal beside that of claims: what became of it, or what other insurers say of
// its identifiers. It is a cause: claims that it bears on are scored anew, up or down. One of Outcome and Signals is set.
type News struct {
	Cause   Cause    // where it stands; a journal tells its news of one claim in order
	Claim   ClaimRef // which it is about; it need not be known yet
	KnownAt time.Time
	ToldAt  time.Time // when its journal was told
	// Outcome is what became of the claim, such as fraud-confirmed or cleared. Of two the one known last stands; of two with one
	// moment, the one told last.
	Outcome string
	// Signals is all that counts from here on, in place of what was told before; the zero value withdraws it.
	Signals *Signals
}

// Signals is what other insurers say of the identifiers of a claim. It names none of either.
type Signals struct {
	Members     int    // insurers that say so
	Established int    // of them, those that found fraud and do not only suspect it
	Line        string // of business, of the newest
	Quarter     string // of the newest, such as 2026-Q2
}
