package detectors

import (
	"tallystick/claim"
)

// leaf numbers a value that expressions can name. Its bit in environment.known says whether the claim has it.
type leaf uint8

const (
	leafLine leaf = iota
	leafStage
	leafRevision
	leafRecorded
	leafPolicyProduct
	leafPolicyChannel
	leafPolicyInception
	leafPolicyExpiry
	leafPolicyNotice
	leafPolicyCancelled
	leafPolicyReinstated
	leafPolicyPremium
	leafPolicySumInsured
	leafPolicyLastIncrease
	leafClaimantSex
	leafClaimantDeath
	leafClaimantIncome
	leafClaimantOccupation
	leafClaimantAddressKind
	leafClaimantAddressSince
	leafClaimantBankSince
	leafClaimantRegion
	leafHandlerLimit
	leafProviderRegion
	leafVendorRegion
	leafAttorneyNamed
	leafVehicleYear
	leafVehicleValue
	leafVehicleTotalLoss
	leafVehicleCommercial
	leafPropertyKind
	leafPropertyTenure
	leafPropertyValue
	leafPropertySeasonEnd
	leafPropertyCommercial
	leafDevicePurchased
	leafDevicePrice
	leafLossTime
	leafLossReported
	leafLossRegion
	leafLossArea
	leafLossCause
	leafLossSeverity
	leafLossDamageClass
	leafLossFault
	leafLossPolice
	leafLossWitnesses
	leafLossInjuries
	leafLossAuthorities
	leafWeatherHail
	leafWeatherFlood
	leafWeatherWind
	leafWeatherRain
	leafClaimed
	leafEstimate
	leafPaid
	leafDeductible
	leafCash
	leafUnderLimit
	leafItemsServices
	leafItemsLastDay
	leafItemsRoundShare
	leafItemsNewUnproved
	leafItemsTopMinutes
	leafItemsTopSupply
	leafAdmissionsDiagnoses
	leafAdmissionsIdleDays
	leafDocumentsFirstPhoto
	leafTelematicsDeltaV
	leafTelematicsSpeed
	leafTelematicsAirbag
	leafTelematicsCrash
	leafRingClaims
	leafRingKinds
	leafRingStrength
	leafFraudHops
	leafCount
)

// known is a set of leaves.
type known [2]uint64

func (k *known) add(l leaf)           { k[l>>6] |= 1 << (l & 63) }
func (k *known) has(l leaf) bool      { return k[l>>6]&(1<<(l&63)) != 0 }
func (k *known) covers(n *known) bool { return k[0]&n[0] == n[0] && k[1]&n[1] == n[1] }
func (k *known) within(n *known) bool { return n.covers(k) }

// environment is what an expression sees. Pointers lead into the event; what is absent is nil or empty and its bit in
// known is clear. Its nested structs exist for their names: the tags are the paths of the documentation.
type environment struct {
	Line       string         `expr:"line"`
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
	Ring       ringView       `expr:"ring"`
	Links      linksView      `expr:"links"`

	direct

	known   known
	unknown bool // a function met a value that it needed and did not have
	event   *claim.Event
	view    *view
	rs      *RuleSet
}

type policyView struct {
	Product            string       `expr:"product"`
	Channel            string       `expr:"channel"`
	Inception          *claim.When  `expr:"inception"`
	Expiry             *claim.When  `expr:"expiry"`
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
	Kind        string       `expr:"kind"`
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
	Time         *claim.When `expr:"time"`
	Reported     *claim.When `expr:"reported"`
	Place        placeView   `expr:"place"`
	Cause        string      `expr:"cause"`
	Severity     string      `expr:"severity"`
	DamageClass  string      `expr:"damageClass"`
	Fault        string      `expr:"fault"`
	PoliceReport bool        `expr:"policeReport"`
	Witnesses    int         `expr:"witnesses"`
	Injuries     int         `expr:"injuries"`
	Authorities  string      `expr:"authorities"`
	Weather      weatherView `expr:"weather"`
}

type placeView struct {
	Region string `expr:"region"`
	Area   string `expr:"area"`
}

type weatherView struct {
	Hail    bool    `expr:"hail"`
	Flood   bool    `expr:"flood"`
	WindKph float64 `expr:"windKph"`
	RainMm  float64 `expr:"rainMm"`
}

type amountsView struct {
	Claimed    *claim.Money `expr:"claimed"`
	Estimate   *claim.Money `expr:"estimate"`
	Paid       *claim.Money `expr:"paid"`
	Deductible *claim.Money `expr:"deductible"`
	Cash       *claim.Money `expr:"cash"`
	UnderLimit bool         `expr:"underLimit"`
}

type itemsView struct {
	Services        []string    `expr:"services"`
	LastDay         *claim.When `expr:"lastDay"`
	RoundShare      float64     `expr:"roundShare"`
	NewestUnproved  *claim.When `expr:"newestUnproved"`
	TopMinutesADay  float64     `expr:"topMinutesADay"`
	TopDaysOfSupply float64     `expr:"topDaysOfSupply"`
}

type admissionsView struct {
	Diagnoses []string `expr:"diagnoses"`
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

type linksView struct {
	FraudHops int `expr:"fraudHops"`
}
