package feed

import (
	"errors"
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"tallystick/claim"
	"tallystick/feed/mappings"
)

func now() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

func load(t testing.TB, text string) *Mapping {
	t.Helper()
	m, err := Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func shipped(t testing.TB, name string) *Mapping {
	t.Helper()
	data, err := mappings.Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return load(t, string(data))
}

// sampleFiles opens the joined files of the sample feed.
func sampleFiles(path string) (io.ReadCloser, error) { return mappings.Sample().Open(path) }

// readAll returns the events as JSON and the refused rows.
func readAll(t testing.TB, r *Reader) (events []string, refused []Rejection) {
	t.Helper()
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return events, refused
		}
		if err != nil {
			t.Fatal(err)
		}
		if row.Rejected != nil {
			refused = append(refused, *row.Rejected)
			continue
		}
		if row.Skipped != "" {
			continue
		}
		data, err := claim.Encode(row.Event)
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, string(data))
	}
}

func convertText(t testing.TB, m *Mapping, text string) (events []string, refused []Rejection) {
	t.Helper()
	r, err := NewReader(m, strings.NewReader(text), Options{Now: now, Join: sampleFiles})
	if err != nil {
		t.Fatal(err)
	}
	return readAll(t, r)
}

func TestSampleFeed(t *testing.T) {
	data, err := fs.ReadFile(mappings.Sample(), "insurance_transactions.csv")
	if err != nil {
		t.Fatal(err)
	}
	events, refused := convertText(t, shipped(t, "insurance_transactions"), string(data))
	if len(events) != 200 || len(refused) > 0 {
		t.Fatalf("%d events, refused %v", len(events), refused)
	}
}

const oneTransaction = `TXN_DATE_TIME,TRANSACTION_ID,CUSTOMER_ID,POLICY_NUMBER,POLICY_EFF_DT,LOSS_DT,REPORT_DT,INSURANCE_TYPE,PREMIUM_AMOUNT,CLAIM_AMOUNT,CUSTOMER_NAME,ADDRESS_LINE1,ADDRESS_LINE2,CITY,STATE,POSTAL_CODE,SSN,MARITAL_STATUS,AGE,TENURE,EMPLOYMENT_STATUS,NO_OF_FAMILY_MEMBERS,RISK_SEGMENTATION,HOUSE_TYPE,SOCIAL_CLASS,ROUTING_NUMBER,ACCT_NUMBER,CUSTOMER_EDUCATION_LEVEL,CLAIM_STATUS,INCIDENT_SEVERITY,AUTHORITY_CONTACTED,ANY_INJURY,POLICE_REPORT_AVAILABLE,INCIDENT_STATE,INCIDENT_CITY,INCIDENT_HOUR_OF_THE_DAY,AGENT_ID,VENDOR_ID
2020-07-01 00:00:00,TXN1,A1,PLC1,2015-06-23,2020-06-16,2020-06-21,Mobile,157.13,9000,Ada Swann,1 Elm Street,#2,Lakemont,IL,60601,912-11-0001,Y,54,89,Y,3,L,Own,LI,990000077,ABCD1,NA,A,Major Loss,None,1,1,GA,,4,AGENT00009,
`

func TestInsuranceTransactions(t *testing.T) {
	join := func(path string) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(map[string]string{
			"agents.csv": "AGENT_ID,AGENT_NAME,DATE_OF_JOINING,ADDRESS_LINE1,ADDRESS_LINE2,CITY,STATE,POSTAL_CODE,EMP_ROUTING_NUMBER,EMP_ACCT_NUMBER\n" +
				"AGENT00009,Otto Vale,1993-06-05,2 Oak Street,,Redfield,TX,75201,990000071,EFGH2\n",
			"vendors.csv": "VENDOR_ID,VENDOR_NAME,ADDRESS_LINE1,ADDRESS_LINE2,CITY,STATE,POSTAL_CODE\n",
		}[path])), nil
	}
	r, err := NewReader(shipped(t, "insurance_transactions"), strings.NewReader(oneTransaction),
		Options{Now: now, Join: join})
	if err != nil {
		t.Fatal(err)
	}
	events, refused := readAll(t, r)
	if len(events) != 1 {
		t.Fatalf("refused: %v", refused)
	}
	want := `{"insurer":"acme","claim":"TXN1","revision":1,"line":"device","stage":"closed","outcome":"paid","recorded":"2020-07-01",` +
		`"policy":{"number":"PLC1","inception":"2015-06-23","channel":"agent"},` +
		`"claimant":{"id":"A1","name":"Ada Swann","nationalIds":[{"type":"ssn","country":"US","number":"912-11-0001"}],` +
		`"address":{"line1":"1 Elm Street","line2":"#2","city":"Lakemont","region":"IL","postcode":"60601","country":"US"},` +
		`"bankAccount":{"routing":"990000077","number":"ABCD1","country":"US"}},` +
		`"parties":[{"role":"agent","id":"AGENT00009","name":"Otto Vale","address":{"line1":"2 Oak Street","city":"Redfield","region":"TX","postcode":"75201","country":"US"},` +
		`"bankAccount":{"routing":"990000071","number":"EFGH2","country":"US"},"since":"1993-06-05"}],` +
		`"loss":{"time":"2020-06-16T04:00:00-04:00","reported":"2020-06-21","place":{"region":"GA","country":"US"},"severity":"major","policeReport":true,"authorities":"none"},` +
		`"amounts":{"claimed":{"amount":"9000","currency":"USD"}},` +
		`"attributes":{"age":{"number":54},"anyInjury":{"flag":true},"employmentStatus":{"flag":true},"houseType":{"text":"Own"},"maritalStatus":{"flag":true},` +
		`"noOfFamilyMembers":{"number":3},"premiumAmount":{"money":{"amount":"157.13","currency":"USD"}},"riskSegmentation":{"text":"L"},"socialClass":{"text":"LI"},"tenure":{"number":89}}}`
	if events[0] != want {
		t.Errorf("got\n%s\nwant\n%s", events[0], want)
	}
}

func TestFraudOracle(t *testing.T) {
	const text = "Month,WeekOfMonth,DayOfWeek,Make,AccidentArea,DayOfWeekClaimed,MonthClaimed,WeekOfMonthClaimed,Sex,MaritalStatus,Age,Fault,PolicyType,VehicleCategory,VehiclePrice,FraudFound_P,PolicyNumber,RepNumber,Deductible,DriverRating,Days_Policy_Accident,Days_Policy_Claim,PastNumberOfClaims,AgeOfVehicle,AgeOfPolicyHolder,PoliceReportFiled,WitnessPresent,AgentType,NumberOfSuppliments,AddressChange_Claim,NumberOfCars,Year,BasePolicy\r\n" +
		"Dec,5,Wednesday,Accura,Urban,0,0,1,Female,Single,0,Third Party,Sport - Liability,Sport,more than 69000,1,77,12,300,1,more than 30,15 to 30,none,new,16 to 17,No,Yes,External,none,no change,3 to 4,1994,Liability\r\n"
	events, refused := convertText(t, shipped(t, "fraud_oracle"), text)
	if len(events) != 1 {
		t.Fatalf("refused: %v", refused)
	}
	want := `{"insurer":"acme","claim":"FO-77","revision":1,"line":"motor","stage":"closed","outcome":"fraud-confirmed","recorded":"1994","policy":{"number":"77","product":"liability"},` +
		`"claimant":{"sex":"female"},"parties":[{"role":"handler","id":"12"}],"vehicle":{"make":"Acura","category":"sport"},` +
		`"loss":{"time":"1994-12","place":{"area":"urban"},"cause":"collision","fault":"third-party","policeReport":false},` +
		`"attributes":{"addressChange":{"text":"no change"},"agentType":{"text":"external"},"cars":{"text":"3 to 4"},"carsFrom":{"number":3},"claimWeekOfMonth":{"number":1},` +
		`"daysPolicyToClaim":{"text":"15 to 30"},"daysPolicyToClaimFrom":{"number":15},"daysPolicyToLoss":{"text":"more than 30"},"daysPolicyToLossFrom":{"number":31},` +
		`"deductible":{"number":300},"driverRating":{"number":1},"lossWeekOfMonth":{"number":5},"lossWeekday":{"text":"Wednesday"},"maritalStatus":{"text":"Single"},` +
		`"pastClaims":{"text":"none"},"pastClaimsFrom":{"number":0},"policyType":{"text":"Sport - Liability"},"policyholderAge":{"text":"16 to 17"},` +
		`"supplements":{"text":"none"},"supplementsFrom":{"number":0},"vehicleAge":{"text":"new"},"vehicleAgeFrom":{"number":0},"vehiclePrice":{"text":"more than 69000"},"vehiclePriceFrom":{"number":69001},` +
		`"witnessPresent":{"flag":true}}}`
	if events[0] != want {
		t.Errorf("got\n%s\nwant\n%s", events[0], want)
	}
}

// TestIndicesFollowThePartiesTheyMean: a party that a row has nothing for is left out, and the others move up.
func TestIndicesFollowThePartiesTheyMean(t *testing.T) {
	m := load(t, `name: billed
fields:
  insurer: {value: acme}
  claim: {column: ID}
  line: {value: motor}
  parties[agent].role: {value: agent, if: AGENT}
  parties[agent].name: {column: AGENT}
  parties[shop].role: {value: repairer, if: SHOP}
  parties[shop].name: {column: SHOP}
  parties[doctor].role: {value: provider}
  parties[doctor].name: {value: Dr. Who}
  items[1].code: {value: x}
  items[1].party: {value: "1"}
`)
	r, err := NewReader(m, strings.NewReader("ID,AGENT,SHOP\n1,Ann,Bob\n2,,Bob\n3,Ann,\n"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"repairer", "repairer", "nobody"} {
		row, err := r.Read()
		if err != nil || row.Rejected != nil {
			t.Fatal(err, row.Rejected)
		}
		got := "nobody"
		if p := row.Event.Items[0].Party; p != nil {
			got = string(row.Event.Parties[*p].Role)
		}
		if got != want {
			t.Errorf("line %d: billed by %s, want %s", row.Line, got, want)
		}
	}
}
