package schema

// Indicator is a sign of fraud that can be computed from claim events. A sign is a reason to look, not a proof.
type Indicator struct {
	Number int
	Name   string
	Lines  []string // of business; nil: all
	State  string   // what is needed beside the claim: see docs/indicators.md
	Source string   // who names it: see docs/indicators.md
	Paths  []string // patterns of the event's paths that it reads
}

// Indicators returns the table of docs/indicators.md, in the order of the numbers, which stand in
// claim.Reason.Indicators and never change. The slice must not be changed.
func Indicators() []Indicator { return indicators }

var (
	motor          = []string{"motor"}
	health         = []string{"health"}
	property       = []string{"property"}
	motorProperty  = []string{"motor", "property"}
	motorHealth    = []string{"motor", "health"}
	place          = []string{"loss.place.latitude", "loss.place.longitude"}
	partyKeys      = []string{"parties[].role", "parties[].id"}
	identities     = []string{"claimant.id", "claimant.nationalIds[].number"}
	claimed        = []string{"amounts.claimed.amount", "amounts.claimed.currency"}
	authorityLimit = []string{"parties[].role", "parties[].authorityLimit"}
	services       = []string{"items[].system", "items[].code", "items[].from", "items[].party"}
)

func join(lists ...[]string) (all []string) {
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

var indicators = []Indicator{
	{1, "loss within N days of inception", nil, "S", "O F", []string{"policy.inception", "loss.time"}},
	{2, "loss within N days of expiry", nil, "S", "O F", []string{"policy.expiry", "loss.time"}},
	{3, "loss soon after a rise of the limit, added cover or an endorsement", nil, "S", "O F",
		[]string{"policy.endorsements[].at", "policy.endorsements[].kind", "policy.endorsements[].before",
			"policy.endorsements[].after", "loss.time"}},
	{4, "loss just after notice of cancellation, after reinstatement or in a gap of cover", nil, "S", "F",
		[]string{"policy.cancellationNotice", "policy.cancelled", "policy.reinstated", "loss.time"}},
	{5, "loss before inception, or reported after expiry", nil, "S", "E",
		[]string{"policy.inception", "policy.expiry", "loss.time", "loss.reported"}},
	{6, "late report; theft reported within the hour or after a week", nil, "S", "E",
		[]string{"loss.time", "loss.reported", "loss.cause"}},
	{7, "amount just under the handler's authority limit", nil, "S", "E", join(claimed, authorityLimit)},
	{8, "amount close to the sum insured", nil, "S", "E", join(claimed, []string{"policy.sumInsured"})},
	{9, "round amounts, share of round items", nil, "S", "E", join(claimed, []string{"items[].amount"})},
	{10, "over-insured: sum insured far above the market value", motorProperty, "S+X", "O F",
		[]string{"policy.sumInsured", "property.marketValue", "vehicle.marketValue"}},
	{11, "loss out of keeping with income or occupation; large share of cash", property, "S", "O F",
		join([]string{"claimant.income", "claimant.occupation", "amounts.cash"}, claimed)},
	{12, "loss at night, or at a weekend in a business", motorProperty, "S", "F Z",
		[]string{"loss.time", "property.commercial", "vehicle.commercial"}},
	{13, "no police report, no independent witness where one is usual", motor, "S", "F",
		[]string{"loss.policeReport", "loss.witnesses", "loss.cause", "loss.injuries"}},
	{14, "post box, temporary address, or address of less than six months", nil, "S", "N",
		[]string{"claimant.address.kind", "claimant.address.line1", "claimant.address.since", "loss.time"}},
	{15, "loss of seasonal stock at the season's end", property, "S", "O",
		[]string{"property.kind", "property.seasonEnd", "loss.time"}},
	{16, "costly things bought lately without receipt", property, "S", "T",
		[]string{"items[].purchased", "items[].receipt", "items[].amount", "items[].description", "loss.time"}},
	{17, "attorney or doctor named with the notification", motor, "S", "N",
		[]string{"parties[].role", "parties[].namedAt", "loss.reported", "loss.injuries"}},
	{18, "damage does not fit what the recorder saw", motor, "S+X", "E",
		join([]string{"telematics[].at", "telematics[].kind", "telematics[].speedKph", "telematics[].deltaVKph",
			"telematics[].airbag", "telematics[].latitude", "telematics[].longitude", "loss.time", "loss.severity"},
			place)},
	{19, "photo taken elsewhere or at another time", nil, "S+X", "E",
		join([]string{"documents[].taken", "documents[].latitude", "documents[].longitude", "loss.time"}, place)},
	{20, "weather does not fit", motorProperty, "S+X", "Shift",
		join([]string{"loss.cause", "loss.time", "loss.weather.hail", "loss.weather.flood", "loss.weather.windKph",
			"loss.weather.rainMm"}, place)},
	{21, "estimate above what the damage class usually costs", motor, "W", "E",
		[]string{"amounts.estimate", "loss.damageClass", "vehicle.category"}},
	{22, "invoice number of a vendor, or set of items, seen before", nil, "W", "E",
		join([]string{"items[].invoice", "items[].code", "items[].amount", "items[].party"}, partyKeys)},
	{23, "one loss claimed at two policies or insurers", nil, "W/G", "E",
		[]string{"vehicle.vin", "device.imei", "device.serial", "loss.time", "policy.number", "insurer"}},
	{24, "picture used before (perceptual hash)", nil, "W", "E",
		[]string{"documents[].perceptualHash", "documents[].sha256"}},
	{25, "statement nearly the same as another", nil, "W", "E", []string{"narrative"}},
	{26, "earlier claims of a party", nil, "W", "T", join(identities, []string{"loss.time", "policy.number"})},
	{27, "small loss at the same place or with the same vehicle within a year", motorProperty, "W", "O",
		join([]string{"vehicle.vin", "property.address", "loss.time"}, claimed)},
	{28, "pace of claims of a vendor, garage, agent or clinic against its own past", nil, "W", "E",
		join(partyKeys, []string{"loss.reported", "recorded"})},
	{29, "first digits of a provider's amounts against Benford", nil, "W", "E",
		join(partyKeys, claimed, []string{"items[].amount", "items[].party"})},
	{30, "share of amounts just under the limit, by handler or vendor", nil, "W", "E",
		join(claimed, authorityLimit, []string{"parties[].id"})},
	{31, "one person or vehicle at two losses too far apart", motorHealth, "W", "E",
		join(identities, []string{"vehicle.vin", "loss.time"}, place)},
	{32, "account, telephone or mail changed between notification and payment", nil, "W", "E",
		[]string{"claimant.bankAccount", "claimant.phone", "claimant.email", "payments[].bankAccount", "payments[].at",
			"stage", "revision"}},
	{33, "one handler and one vendor together too often", motor, "W+G", "Z", partyKeys},
	{34, "many claims of one batch of new policies or one agent", motor, "W+G", "E",
		join(partyKeys, []string{"policy.inception", "policy.channel", "policy.number"})},
	{35, "telephone shared by claimants without other ties", nil, "G", "E",
		[]string{"claimant.phone", "parties[].phone"}},
	{36, "bank account shared", nil, "G", "E", []string{"claimant.bankAccount.iban", "claimant.bankAccount.routing",
		"claimant.bankAccount.number", "parties[].bankAccount.iban", "parties[].bankAccount.number",
		"payments[].bankAccount.iban", "payments[].bankAccount.number"}},
	{37, "address, device or network address shared", nil, "G", "E",
		[]string{"claimant.address", "parties[].address", "claimant.deviceId", "claimant.ip"}},
	{38, "one vehicle, several owners or policies; old damage claimed again", motor, "G", "Z",
		[]string{"vehicle.vin", "policy.number", "claimant.id", "loss.damageClass", "documents[].perceptualHash"}},
	{39, "cluster of garage, claimants and witnesses who swap roles", motor, "G", "Z",
		[]string{"claimant.phone", "claimant.nationalIds[].number", "parties[].role", "parties[].id", "parties[].phone",
			"parties[].bankAccount", "parties[].nationalIds[].number", "vehicle.plate"}},
	{40, "two links or fewer from confirmed fraud or a watch list", nil, "G", "E",
		[]string{"outcome", "claimant.phone", "claimant.bankAccount", "claimant.nationalIds[].number",
			"parties[].phone", "parties[].bankAccount"}},
	{41, "vehicle written off or salvaged, insured again", motor, "W+X", "N",
		[]string{"vehicle.vin", "vehicle.totalLoss", "loss.severity"}},
	{42, "upcoding: a provider's mix of visit levels against its specialty", health, "W", "C F",
		join(services, partyKeys, []string{"parties[].specialty"})},
	{43, "unbundling: codes of one patient and day that belong together", health, "S+X (+W)", "C",
		join(services, identities)},
	{44, "bill twice: patient, code, day and provider", health, "W", "C", join(services, identities, partyKeys)},
	{45, "phantom hours: timed services of a provider's day over 24 hours", health, "W", "E",
		join(services, partyKeys, []string{"items[].minutes", "items[].quantity"})},
	{46, "more patients of a provider's day than peers have", health, "W", "C", join(services, identities, partyKeys)},
	{47, "service after death, or during a stay elsewhere", health, "W+X", "E",
		[]string{"items[].from", "items[].to", "items[].party", "claimant.deathDate", "parties[].deathDate",
			"admissions[].from", "admissions[].to", "admissions[].party"}},
	{48, "modifiers 25 and 59 more often than peers", health, "W", "C",
		join(services, partyKeys, []string{"items[].modifiers[]"})},
	{49, "stay split up: admitted again within days with the same diagnosis (分解住院)", health, "W", "Z",
		join(identities, []string{"admissions[].from", "admissions[].to", "admissions[].diagnosis",
			"amounts.deductible"})},
	{50, "stay on paper: days in hospital without orders or tests (挂床住院)", health, "W", "Z",
		[]string{"admissions[].from", "admissions[].to", "admissions[].orders"}},
	{51, "more medicine than days of supply; things swapped (超量开药, 串换)", health, "W", "Z",
		join(services, identities, []string{"items[].quantity", "items[].daysSupply"})},
	{52, "sex, age or diagnosis contradicts the procedure", health, "S+X", "Z",
		[]string{"claimant.sex", "claimant.birthDate", "items[].code", "items[].diagnosis", "items[].from"}},
	{53, "patient comes from far; new clinic bills in a spike", health, "W", "E",
		join(partyKeys, claimed, []string{"claimant.address.postcode", "parties[].address.postcode", "parties[].since",
			"items[].from"})},
}
