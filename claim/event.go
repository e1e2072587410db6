package claim

// Event is one revision of a claim as an insurer reports it: the JSON object on the topic `claims`.
// Identity is (Insurer, ID, Revision). A field that is not known is absent: nothing is made up for it.
type Event struct {
	Insurer    string               `json:"insurer"`           // who insures; must be one of the install's insurers
	ID         string               `json:"claim"`             // the insurer's claim number; not an identifier of a person
	Revision   int                  `json:"revision"`          // 1 for the notification, then rising
	Line       Line                 `json:"line"`              // line of business
	Stage      Stage                `json:"stage,omitzero"`    // how far the claim is in handling
	Outcome    string               `json:"outcome,omitzero"`  // what became of it: paid, denied, withdrawn, fraud-confirmed
	Recorded   When                 `json:"recorded,omitzero"` // when the insurer's system wrote this revision
	Policy     Policy               `json:"policy,omitzero"`
	Claimant   Party                `json:"claimant,omitzero"`
	Parties    []Party              `json:"parties,omitzero"` // everyone else, each with a role
	Vehicle    Vehicle              `json:"vehicle,omitzero"`
	Property   Property             `json:"property,omitzero"`
	Device     Device               `json:"device,omitzero"`
	Loss       Loss                 `json:"loss,omitzero"`
	Amounts    Amounts              `json:"amounts,omitzero"`
	Items      []Item               `json:"items,omitzero"`
	Admissions []Admission          `json:"admissions,omitzero"`
	Payments   []Payment            `json:"payments,omitzero"`
	Documents  []Document           `json:"documents,omitzero"`
	Narrative  string               `json:"narrative,omitzero"` // what the claimant or handler wrote
	Telematics []TelematicsEvent    `json:"telematics,omitzero"`
	Attributes map[string]Attribute `json:"attributes,omitzero"` // what a line or feed adds; keys match [a-z][A-Za-z0-9]*

	Placeholders string `json:"-" derived:"placeholders"` // derived: kinds of identifiers of no party that are placeholders
}

// Line is the line of business.
type Line string

// The lines of business.
const (
	LineMotor    Line = "motor"
	LineHealth   Line = "health"
	LineProperty Line = "property"
	LineLife     Line = "life"
	LineTravel   Line = "travel"
	LineDevice   Line = "device"
)

// Stage is how far a claim is in handling.
type Stage string

// The stages of a claim.
const (
	Notified Stage = "notified"
	Assessed Stage = "assessed"
	Approved Stage = "approved"
	Paid     Stage = "paid"
	Closed   Stage = "closed"
)

// Policy is the contract under which the loss is claimed.
type Policy struct {
	Number             string        `json:"number,omitzero"`
	Product            string        `json:"product,omitzero"`
	Inception          When          `json:"inception,omitzero"` // cover begins
	Expiry             When          `json:"expiry,omitzero"`    // cover ends
	Endorsements       []Endorsement `json:"endorsements,omitzero"`
	CancellationNotice When          `json:"cancellationNotice,omitzero"` // when notice was given
	Cancelled          When          `json:"cancelled,omitzero"`          // when cover ended early
	Reinstated         When          `json:"reinstated,omitzero"`
	Premium            Money         `json:"premium,omitzero"`     // a year
	SumInsured         Money         `json:"sumInsured,omitzero"`  // the limit of cover
	TermsDigest        string        `json:"termsDigest,omitzero"` // SHA-256 of the terms, hex
	Channel            string        `json:"channel,omitzero"`     // agent, broker, direct
}

// Endorsement is a change of the policy during its term.
type Endorsement struct {
	At     When   `json:"at,omitzero"`
	Kind   string `json:"kind,omitzero"`   // limit-increase, cover-added, address-change, ...
	Before Money  `json:"before,omitzero"` // sum insured before
	After  Money  `json:"after,omitzero"`  // sum insured after
}

// Role is what a party has to do with the claim.
type Role string

// The roles of parties other than the claimant.
const (
	Agent      Role = "agent"
	Handler    Role = "handler" // adjuster of the insurer; carries AuthorityLimit
	Vendor     Role = "vendor"
	Repairer   Role = "repairer"
	Provider   Role = "provider" // of medical service
	Driver     Role = "driver"
	Witness    Role = "witness"
	Attorney   Role = "attorney"
	Insured    Role = "insured" // policyholder where that is not the claimant
	ThirdParty Role = "third-party"
)

// Party is a person or business of the claim. The claimant has no Role.
type Party struct {
	Role           Role         `json:"role,omitzero"`
	ID             string       `json:"id,omitzero"` // the insurer's number for the party
	Name           string       `json:"name,omitzero"`
	Sex            string       `json:"sex,omitzero"` // female, male, other
	BirthDate      When         `json:"birthDate,omitzero"`
	DeathDate      When         `json:"deathDate,omitzero"`
	NationalIDs    []NationalID `json:"nationalIds,omitzero"`
	Phone          string       `json:"phone,omitzero"` // E.164, or as dialled in Address.Country
	Email          string       `json:"email,omitzero"`
	Address        Address      `json:"address,omitzero"`
	BankAccount    BankAccount  `json:"bankAccount,omitzero"`
	IP             string       `json:"ip,omitzero"`       // from which the claim was filed
	DeviceID       string       `json:"deviceId,omitzero"` // fingerprint of the device it was filed from
	Income         Money        `json:"income,omitzero"`   // a year
	Occupation     string       `json:"occupation,omitzero"`
	Employer       string       `json:"employer,omitzero"`
	AuthorityLimit Money        `json:"authorityLimit,omitzero"` // up to which a handler may settle alone
	Specialty      string       `json:"specialty,omitzero"`      // of a provider
	Since          When         `json:"since,omitzero"`          // in business or in the insurer's books since
	NamedAt        When         `json:"namedAt,omitzero"`        // when the party was first named on the claim

	Placeholders string `json:"-" derived:"placeholders"` // derived: kinds of its identifiers that are placeholders, parted by spaces
}

// NationalID is an official number of a person or business.
type NationalID struct {
	Type    string `json:"type,omitzero"`    // ssn, passport, driving-licence, tax, health, ...
	Country string `json:"country,omitzero"` // ISO 3166-1 alpha-2
	Number  string `json:"number,omitzero"`
}

// Address is a postal address.
type Address struct {
	Line1    string `json:"line1,omitzero"`
	Line2    string `json:"line2,omitzero"`
	City     string `json:"city,omitzero"`
	Region   string `json:"region,omitzero"`
	Postcode string `json:"postcode,omitzero"`
	Country  string `json:"country,omitzero"` // ISO 3166-1 alpha-2
	Kind     string `json:"kind,omitzero"`    // residence, po-box, temporary, business
	Since    When   `json:"since,omitzero"`
}

// BankAccount is where money is paid to.
type BankAccount struct {
	IBAN    string `json:"iban,omitzero"`
	Routing string `json:"routing,omitzero"` // bank code where there is no IBAN
	Number  string `json:"number,omitzero"`
	Country string `json:"country,omitzero"` // ISO 3166-1 alpha-2
	Since   When   `json:"since,omitzero"`   // known to the insurer since
}

// Vehicle is the insured or damaged vehicle.
type Vehicle struct {
	VIN          string `json:"vin,omitzero"`
	Plate        string `json:"plate,omitzero"`
	PlateCountry string `json:"plateCountry,omitzero"` // ISO 3166-1 alpha-2
	Make         string `json:"make,omitzero"`
	Model        string `json:"model,omitzero"`
	Category     string `json:"category,omitzero"` // sedan, sport, utility, ...
	Year         *int   `json:"year,omitzero"`     // model year
	MarketValue  Money  `json:"marketValue,omitzero"`
	TotalLoss    When   `json:"totalLoss,omitzero"` // declared a total loss or salvage at an earlier date
	Commercial   *bool  `json:"commercial,omitzero"`
}

// Property is the insured building or contents.
type Property struct {
	Kind        string  `json:"kind,omitzero"`   // house, flat, stock, ...
	Tenure      string  `json:"tenure,omitzero"` // own, rent
	Address     Address `json:"address,omitzero"`
	MarketValue Money   `json:"marketValue,omitzero"`
	SeasonEnd   When    `json:"seasonEnd,omitzero"` // of seasonal stock
	Commercial  *bool   `json:"commercial,omitzero"`
}

// Device is the insured phone or appliance.
type Device struct {
	IMEI      string `json:"imei,omitzero"`
	Serial    string `json:"serial,omitzero"`
	Make      string `json:"make,omitzero"`
	Model     string `json:"model,omitzero"`
	Purchased When   `json:"purchased,omitzero"`
	Price     Money  `json:"price,omitzero"`
}

// Loss is the insured event.
type Loss struct {
	Time               When    `json:"time,omitzero"`     // when it happened
	Reported           When    `json:"reported,omitzero"` // first notice of loss
	Place              Place   `json:"place,omitzero"`
	Cause              string  `json:"cause,omitzero"`    // collision, theft, fire, hail, flood, illness, ...
	Severity           string  `json:"severity,omitzero"` // trivial, minor, major, total
	DamageClass        string  `json:"damageClass,omitzero"`
	Fault              string  `json:"fault,omitzero"` // claimant, third-party, shared
	PoliceReport       *bool   `json:"policeReport,omitzero"`
	PoliceReportNumber string  `json:"policeReportNumber,omitzero"`
	Witnesses          *int    `json:"witnesses,omitzero"` // third-party witnesses
	Injuries           *int    `json:"injuries,omitzero"`
	Authorities        string  `json:"authorities,omitzero"` // who was called: police, ambulance, none
	Weather            Weather `json:"weather,omitzero"`
}

// Place is where something happened. Latitude and Longitude are WGS 84 degrees.
type Place struct {
	Line1     string   `json:"line1,omitzero"`
	City      string   `json:"city,omitzero"`
	Region    string   `json:"region,omitzero"`
	Postcode  string   `json:"postcode,omitzero"`
	Country   string   `json:"country,omitzero"`
	Area      string   `json:"area,omitzero"` // urban, rural
	Latitude  *float64 `json:"latitude,omitzero"`
	Longitude *float64 `json:"longitude,omitzero"`
}

// Weather is what a weather service recorded at the place and time of the loss.
type Weather struct {
	Source          string   `json:"source,omitzero"`
	Hail            *bool    `json:"hail,omitzero"`
	Flood           *bool    `json:"flood,omitzero"`
	WindKph         *float64 `json:"windKph,omitzero"`
	RainMillimetres *float64 `json:"rainMm,omitzero"` // in 24 hours
}

// Amounts is the money of the claim.
type Amounts struct {
	Claimed    Money `json:"claimed,omitzero"`
	Estimate   Money `json:"estimate,omitzero"` // of the assessor
	Reserve    Money `json:"reserve,omitzero"`
	Paid       Money `json:"paid,omitzero"`
	Deductible Money `json:"deductible,omitzero"`
	Cash       Money `json:"cash,omitzero"`      // part of the loss that was cash
	Recovered  Money `json:"recovered,omitzero"` // by subrogation or salvage
}

// Item is a line of an invoice: a part, a lost object, a medical service.
type Item struct {
	System      string   `json:"system,omitzero"` // cpt, hcpcs, ndc, part, ...
	Code        string   `json:"code,omitzero"`
	Modifiers   []string `json:"modifiers,omitzero"`
	Description string   `json:"description,omitzero"`
	Diagnosis   string   `json:"diagnosis,omitzero"` // ICD-10
	Quantity    *float64 `json:"quantity,omitzero"`
	DaysSupply  *float64 `json:"daysSupply,omitzero"`
	Minutes     *float64 `json:"minutes,omitzero"` // of a timed service
	Amount      Money    `json:"amount,omitzero"`
	From        When     `json:"from,omitzero"`
	To          When     `json:"to,omitzero"`
	Invoice     string   `json:"invoice,omitzero"`
	Party       *int     `json:"party,omitzero"` // index into Parties of who billed it
	Purchased   When     `json:"purchased,omitzero"`
	Receipt     *bool    `json:"receipt,omitzero"`
}

// Admission is a stay in hospital.
type Admission struct {
	From      When   `json:"from,omitzero"`
	To        When   `json:"to,omitzero"`
	Diagnosis string `json:"diagnosis,omitzero"` // ICD-10
	Orders    *int   `json:"orders,omitzero"`    // orders and tests during the stay
	Party     *int   `json:"party,omitzero"`     // index into Parties of the provider
}

// Payment is money paid, or asked to be paid, on the claim.
type Payment struct {
	At          When        `json:"at,omitzero"`
	Amount      Money       `json:"amount,omitzero"`
	Method      string      `json:"method,omitzero"` // transfer, cheque, cash
	BankAccount BankAccount `json:"bankAccount,omitzero"`
}

// Document is evidence: only what identifies the file, never the file.
type Document struct {
	SHA256         string   `json:"sha256,omitzero"` // of the file, hex
	MediaType      string   `json:"mediaType,omitzero"`
	Kind           string   `json:"kind,omitzero"`           // photo, invoice, police-report, statement, ...
	PerceptualHash string   `json:"perceptualHash,omitzero"` // 64 bits, hex
	Taken          When     `json:"taken,omitzero"`          // from EXIF
	Latitude       *float64 `json:"latitude,omitzero"`       // from EXIF
	Longitude      *float64 `json:"longitude,omitzero"`      // from EXIF
}

// TelematicsEvent is what the vehicle's recorder saw.
type TelematicsEvent struct {
	At        When     `json:"at,omitzero"`
	Kind      string   `json:"kind,omitzero"` // crash, trip-start, trip-end, position, ...
	SpeedKph  *float64 `json:"speedKph,omitzero"`
	DeltaVKph *float64 `json:"deltaVKph,omitzero"`
	Airbag    *bool    `json:"airbag,omitzero"`
	Latitude  *float64 `json:"latitude,omitzero"`
	Longitude *float64 `json:"longitude,omitzero"`
}

// Attribute is a typed value that a line or feed adds. Exactly one field is set.
type Attribute struct {
	Text   string   `json:"text,omitzero"`
	Number *float64 `json:"number,omitzero"`
	Flag   *bool    `json:"flag,omitzero"`
	When   When     `json:"when,omitzero"`
	Money  Money    `json:"money,omitzero"`
}
