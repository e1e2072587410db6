package detectors

import "reflect"

// Variable is a value of the claim that expressions can name.
type Variable struct {
	Path string // as written in an expression
	Doc  string
	Type string // as the documentation shows it
	Key  bool   // whether it can be part of a key
}

// Variables lists what expressions can name, in the order of the documentation. A variable that a claim does not have
// makes every condition that names it unknown.
func Variables() []Variable {
	out := make([]Variable, leafCount)
	for l, v := range variables {
		key, _ := keyable(leaf(l))
		out[l] = Variable{Path: v.path, Doc: v.doc, Type: variableTypes[v.path], Key: key}
	}
	return out
}

var variableTypes = func() map[string]string {
	types := map[string]string{}
	leafTypes(reflect.TypeFor[environment](), "", types)
	return types
}()

// leafTypes reads the types from the fields of the environment.
func leafTypes(t reflect.Type, prefix string, to map[string]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		tag := f.Tag.Get("expr")
		switch {
		case tag == "":
		case f.Type.Kind() == reflect.Struct:
			leafTypes(f.Type, prefix+tag+".", to)
		case f.Type.Kind() == reflect.Pointer:
			to[prefix+tag] = f.Type.Elem().Name()
		case f.Type.Kind() == reflect.Slice:
			to[prefix+tag] = "list of " + f.Type.Elem().Name()
		default:
			to[prefix+tag] = f.Type.Name()
		}
	}
}

var variables = [leafCount]struct{ path, doc string }{
	leafLine:                 {"line", "motor, health, property, life, travel or device"},
	leafStage:                {"stage", "notified, assessed, approved, paid or closed"},
	leafRevision:             {"revision", "1 for the notification, then rising"},
	leafRecorded:             {"recorded", "when the insurer's system wrote this revision"},
	leafPolicyProduct:        {"policy.product", "product of the policy"},
	leafPolicyChannel:        {"policy.channel", "agent, broker or direct"},
	leafPolicyInception:      {"policy.inception", "cover begins"},
	leafPolicyExpiry:         {"policy.expiry", "cover ends"},
	leafPolicyNotice:         {"policy.cancellationNotice", "when notice of cancellation was given"},
	leafPolicyCancelled:      {"policy.cancelled", "when cover ended early"},
	leafPolicyReinstated:     {"policy.reinstated", "when cover was reinstated"},
	leafPolicyPremium:        {"policy.premium", "premium a year"},
	leafPolicySumInsured:     {"policy.sumInsured", "limit of cover"},
	leafPolicyLastIncrease:   {"policy.lastIncrease", "last endorsement at or before the loss that raised the sum insured or added cover"},
	leafClaimantSex:          {"claimant.sex", "female, male or other"},
	leafClaimantDeath:        {"claimant.deathDate", "when the claimant died"},
	leafClaimantIncome:       {"claimant.income", "income a year, where the field policy keeps it"},
	leafClaimantOccupation:   {"claimant.occupation", "occupation, where the field policy keeps it"},
	leafClaimantAddressKind:  {"claimant.address.kind", "residence, po-box, temporary or business"},
	leafClaimantAddressSince: {"claimant.address.since", "at this address since"},
	leafClaimantBankSince:    {"claimant.bankAccount.since", "bank account known to the insurer since"},
	leafClaimantRegion:       {"claimant.address.region", "region of residence, where the field policy keeps it"},
	leafHandlerLimit:         {"handler.authorityLimit", "up to which the first handler may settle alone"},
	leafProviderRegion:       {"provider.address.region", "region of the first provider"},
	leafVendorRegion:         {"vendor.address.region", "region of the first vendor"},
	leafAttorneyNamed:        {"attorney.namedAt", "when the first attorney was named on the claim"},
	leafVehicleYear:          {"vehicle.year", "model year"},
	leafVehicleValue:         {"vehicle.marketValue", "market value of the vehicle"},
	leafVehicleTotalLoss:     {"vehicle.totalLoss", "when the vehicle was declared a total loss before"},
	leafVehicleCommercial:    {"vehicle.commercial", "whether it is used for business"},
	leafPropertyKind:         {"property.kind", "house, flat, stock, ..."},
	leafPropertyTenure:       {"property.tenure", "own or rent"},
	leafPropertyValue:        {"property.marketValue", "market value of the property"},
	leafPropertySeasonEnd:    {"property.seasonEnd", "end of the season of seasonal stock"},
	leafPropertyCommercial:   {"property.commercial", "whether it is used for business"},
	leafDevicePurchased:      {"device.purchased", "when the device was bought"},
	leafDevicePrice:          {"device.price", "price of the device"},
	leafLossTime:             {"loss.time", "when it happened"},
	leafLossReported:         {"loss.reported", "first notice of loss"},
	leafLossRegion:           {"loss.place.region", "region of the loss"},
	leafLossArea:             {"loss.place.area", "urban or rural"},
	leafLossCause:            {"loss.cause", "collision, theft, fire, hail, flood, illness, ..."},
	leafLossSeverity:         {"loss.severity", "trivial, minor, major or total"},
	leafLossDamageClass:      {"loss.damageClass", "damage class of the assessor"},
	leafLossFault:            {"loss.fault", "claimant, third-party or shared"},
	leafLossPolice:           {"loss.policeReport", "whether there is a police report"},
	leafLossWitnesses:        {"loss.witnesses", "number of third-party witnesses"},
	leafLossInjuries:         {"loss.injuries", "number of injured"},
	leafLossAuthorities:      {"loss.authorities", "who was called: police, ambulance, none"},
	leafWeatherHail:          {"loss.weather.hail", "whether the weather service saw hail"},
	leafWeatherFlood:         {"loss.weather.flood", "whether the weather service saw a flood"},
	leafWeatherWind:          {"loss.weather.windKph", "wind at the place and time"},
	leafWeatherRain:          {"loss.weather.rainMm", "rain in 24 hours"},
	leafClaimed:              {"amounts.claimed", "amount claimed"},
	leafEstimate:             {"amounts.estimate", "the assessor's estimate"},
	leafPaid:                 {"amounts.paid", "amount paid"},
	leafDeductible:           {"amounts.deductible", "deductible"},
	leafCash:                 {"amounts.cash", "part of the loss that was cash"},
	leafUnderLimit:           {"amounts.underLimit", "whether the amount claimed is at most 5% under the handler's authority limit"},
	leafItemsLastDay:         {"items.lastDay", "latest day of service among the items"},
	leafItemsServices:        {"items.services", "code and day of each item, such as 99213@2024-03-01"},
	leafItemsRoundShare:      {"items.roundShare", "share of items whose amount is a multiple of 100, of three items or more"},
	leafItemsNewUnproved:     {"items.newestUnproved", "latest purchase among the items without a receipt"},
	leafItemsTopMinutes:      {"items.topMinutesADay", "most minutes of timed services of one day"},
	leafItemsTopSupply:       {"items.topDaysOfSupply", "largest days of supply of an item"},
	leafAdmissionsDiagnoses:  {"admissions.diagnoses", "diagnoses of the stays in hospital"},
	leafAdmissionsIdleDays:   {"admissions.idleDays", "days of the longest stay without an order or test"},
	leafDocumentsFirstPhoto:  {"documents.firstPhoto", "when the first photo was taken"},
	leafTelematicsDeltaV:     {"telematics.topDeltaVKph", "largest change of speed the recorder saw"},
	leafTelematicsSpeed:      {"telematics.topSpeedKph", "highest speed the recorder saw"},
	leafTelematicsAirbag:     {"telematics.airbag", "whether the recorder saw an airbag open"},
	leafTelematicsCrash:      {"telematics.crash", "first crash that the recorder saw"},
	leafRingClaims:           {"ring.claims", "number of claims of the ring that this claim belongs to, 0 for none; known where the claim has a token that can join"},
	leafRingKinds:            {"ring.kinds", "number of kinds of token that join the ring"},
	leafRingStrength:         {"ring.strength", "sum over shared tokens of weight of the kind x (households joined - 1)"},
	leafFraudHops:            {"links.fraudHops", "claims to step over shared tokens to a confirmed fraud: 1, 2, or 3 for farther and none; known where the claim has a token that can join"},
}

// ringLeaves are what a rule may use that raises earlier claims.
var ringLeaves = func() (k known) {
	k.add(leafRingClaims)
	k.add(leafRingKinds)
	k.add(leafRingStrength)
	return k
}()

var leafByPath = func() map[string]leaf {
	m := make(map[string]leaf, leafCount)
	for l, v := range variables {
		m[v.path] = leaf(l)
	}
	return m
}()
