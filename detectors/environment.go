package detectors

import (
	"tallystick/claim"
)

// environment is what an expression sees. Pointers lead into the event; what is absent is nil or empty and its bit in
// known is clear. Its nested structs exist for their names: the tags are the paths of the variables. A path that the
// registry of fields has is copied from the event, one that begins with a role from the first party of that role, and
// what the two do not have is worked out by fill and explained in derived. A variable tagged key can be part of a key.
// So a new one is a line here.
type environment struct {
	Line       string         `expr:"line" key:"yes"`
	Stage      string         `expr:"stage"`
	Revision   int            `expr:"revision"`
	Recorded   *claim.When    `expr:"recorded"`
	Policy     policyView     `expr:"policy"`
	Claimant   claimantView   `expr:"claimant"`
	Handler    handlerView    `expr:"handler"`
	Attorney   attorneyView   `expr:"attorney"`
	Provider   regionView     `expr:"provider"`
	Vendor     regionView     `expr:"vendor"`
	Vehicle    vehicleView    `expr:"vehicle"`
	Property   propertyView   `expr:"property"`
	Device     deviceView     `expr:"device"`
	Loss       lossView       `expr:"loss"`
	Amounts    amountsView    `expr:"amounts"`
	Items      itemsView      `expr:"items"`
	Admissions admissionsView `expr:"admissions"`
	Documents  documentsView  `expr:"documents"`
	Telematics telematicsView `expr:"telematics"`
	Hollow     hollowView     `expr:"placeholders"`
	Ring       ringView       `expr:"ring"`
	Links      linksView      `expr:"links"`
	Signals    signalsView    `expr:"signals"`

	direct
	bound bound

	known   known
	unknown bool // a function met a value that it needed and did not have
	event   *claim.Event
	view    *view
	rs      *RuleSet
}

type policyView struct {
	Product            string       `expr:"product" key:"yes"`
	Channel            string       `expr:"channel"`
	Inception          *claim.When  `expr:"inception" key:"yes"`
	Expiry             *claim.When  `expr:"expiry" key:"yes"`
	CancellationNotice *claim.When  `expr:"cancellationNotice"`
	Cancelled          *claim.When  `expr:"cancelled"`
	Reinstated         *claim.When  `expr:"reinstated"`
	Premium            *claim.Money `expr:"premium"`
	SumInsured         *claim.Money `expr:"sumInsured"`
	LastIncrease       *claim.When  `expr:"lastIncrease"`
}

type claimantView struct {
	Sex         string       `expr:"sex"`
	DeathDate   *claim.When  `expr:"deathDate"`
	Income      *claim.Money `expr:"income"`
	Occupation  string       `expr:"occupation"`
	Address     addressView  `expr:"address"`
	BankAccount sinceView    `expr:"bankAccount"`
}

type addressView struct {
	Kind   string      `expr:"kind"`
	Region string      `expr:"region"`
	Since  *claim.When `expr:"since"`
}

type regionView struct {
	Address struct {
		Region string `expr:"region"`
	} `expr:"address"`
}

type sinceView struct {
	Since *claim.When `expr:"since"`
}

type handlerView struct {
	AuthorityLimit *claim.Money `expr:"authorityLimit"`
}

type attorneyView struct {
	NamedAt *claim.When `expr:"namedAt"`
}

type vehicleView struct {
	Year        int          `expr:"year"`
	MarketValue *claim.Money `expr:"marketValue"`
	TotalLoss   *claim.When  `expr:"totalLoss"`
	Commercial  bool         `expr:"commercial"`
}

type propertyView struct {
	Kind        string       `expr:"kind" key:"yes"`
	Tenure      string       `expr:"tenure"`
	MarketValue *claim.Money `expr:"marketValue"`
	SeasonEnd   *claim.When  `expr:"seasonEnd"`
	Commercial  bool         `expr:"commercial"`
}

type deviceView struct {
	Purchased *claim.When  `expr:"purchased"`
	Price     *claim.Money `expr:"price"`
}

type lossView struct {
	Time         *claim.When `expr:"time" key:"yes"`
	Reported     *claim.When `expr:"reported" key:"yes"`
	Place        placeView   `expr:"place"`
	Cause        string      `expr:"cause" key:"yes"`
	Severity     string      `expr:"severity" key:"yes"`
	DamageClass  string      `expr:"damageClass" key:"yes"`
	Fault        string      `expr:"fault"`
	PoliceReport bool        `expr:"policeReport"`
	Witnesses    int         `expr:"witnesses"`
	Injuries     int         `expr:"injuries"`
	Authorities  string      `expr:"authorities"`
	Weather      weatherView `expr:"weather"`
}

type placeView struct {
	Region string `expr:"region" key:"yes"`
	Area   string `expr:"area"`
}

type weatherView struct {
	Hail    bool    `expr:"hail"`
	Flood   bool    `expr:"flood"`
	WindKph float64 `expr:"windKph"`
	RainMm  float64 `expr:"rainMm"`
}

type amountsView struct {
	Claimed    *claim.Money `expr:"claimed" key:"yes"`
	Estimate   *claim.Money `expr:"estimate"`
	Paid       *claim.Money `expr:"paid"`
	Deductible *claim.Money `expr:"deductible"`
	Cash       *claim.Money `expr:"cash"`
	UnderLimit bool         `expr:"underLimit"`
}

type itemsView struct {
	Services        []string    `expr:"services" key:"yes"`
	LastDay         *claim.When `expr:"lastDay"`
	RoundShare      float64     `expr:"roundShare"`
	NewestUnproved  *claim.When `expr:"newestUnproved"`
	TopMinutesADay  float64     `expr:"topMinutesADay"`
	TopDaysOfSupply float64     `expr:"topDaysOfSupply"`
}

type admissionsView struct {
	Diagnoses []string `expr:"diagnoses" key:"yes"`
	IdleDays  int      `expr:"idleDays"`
}

type documentsView struct {
	FirstPhoto *claim.When `expr:"firstPhoto"`
}

type telematicsView struct {
	TopDeltaVKph float64     `expr:"topDeltaVKph"`
	TopSpeedKph  float64     `expr:"topSpeedKph"`
	Airbag       bool        `expr:"airbag"`
	Crash        *claim.When `expr:"crash"`
}

type ringView struct {
	Claims   int     `expr:"claims"`
	Kinds    int     `expr:"kinds"`
	Strength float64 `expr:"strength"`
}

type hollowView struct {
	Count int      `expr:"count"`
	Kinds []string `expr:"kinds"`
}

type linksView struct {
	FraudHops  int  `expr:"fraudHops"`
	Unsearched bool `expr:"unsearched"`
	Omitted    int  `expr:"omitted"`
	Confirmed  int  `expr:"confirmed"`
	Cleared    int  `expr:"cleared"`
}

type signalsView struct {
	Members     int    `expr:"members"`
	Established int    `expr:"established"`
	Line        string `expr:"line"`
	Quarter     string `expr:"quarter"`
}
