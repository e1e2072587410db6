//go:build integration

package main

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// importFeed imports a feed of which some rows are refused.
func (c *cage) importFeed() {
	t := c.site.t
	sample, err := filepath.Abs("../../feed/mappings/sample")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{} // canary of an id, so that joins still find it
	for _, file := range []string{"insurance_transactions.csv", "agents.csv", "vendors.csv"} {
		f, err := os.Open(filepath.Join(sample, file))
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		rows = rows[:min(len(rows), 40)]
		for i, row := range rows[1:] {
			for col, name := range rows[0] {
				switch name {
				case "AGENT_ID", "VENDOR_ID":
					if row[col] != "" && names[row[col]] == "" {
						names[row[col]] = c.word(name)
					}
					row[col] = names[row[col]]
				case "CUSTOMER_ID", "POLICY_NUMBER", "CUSTOMER_NAME", "AGENT_NAME", "VENDOR_NAME", "ADDRESS_LINE1",
					"ADDRESS_LINE2", "CITY", "SSN",
					"ROUTING_NUMBER", "ACCT_NUMBER", "EMP_ROUTING_NUMBER", "EMP_ACCT_NUMBER",
					"CUSTOMER_EDUCATION_LEVEL":
					row[col] = c.word(name)
				}
			}
			if file != "insurance_transactions.csv" {
				continue
			}
			bad := []string{"LOSS_DT", "REPORT_DT", "CLAIM_AMOUNT", "PREMIUM_AMOUNT", "INSURANCE_TYPE",
				"INCIDENT_HOUR_OF_THE_DAY", "AGE", "ANY_INJURY",
				"POLICE_REPORT_AVAILABLE", "CLAIM_STATUS", "AGENT_ID", "MARITAL_STATUS"}
			if i < len(bad) { // a value that the column does not take
				row[slices.Index(rows[0], bad[i])] = c.word("bad " + bad[i])
			}
		}
		if file == "insurance_transactions.csv" {
			rows = append(rows, []string{c.word("short row"), c.word("short row")})
			rows = append(rows, append(slices.Clone(rows[20]), c.word("long row")))
		}
		var text bytes.Buffer
		if err := csv.NewWriter(&text).WriteAll(rows); err != nil {
			t.Fatal(err)
		}
		if file == "insurance_transactions.csv" {
			text.WriteString(c.word("stray quote") + `"x,` + c.word("stray quote") + "\n")
		}
		if err := os.WriteFile(filepath.Join(c.input, file), text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	feed := filepath.Join(c.input, "insurance_transactions.csv")
	out := c.works("import", "--map", "insurance_transactions", "--max-rejects", "1000", "--rejects",
		c.path("rejects.csv"), feed)
	if !strings.Contains(out, "rejected") || strings.Contains(out, " 0 rejected") ||
		strings.Contains(out, " 0 imported") {
		t.Errorf("import:\n%s", out)
	}
	c.works("import", "--draft", feed)
	if _, err := c.command("import", "--map", feed, feed); err == nil { // a feed given for a mapping
		t.Error("a feed was taken for a mapping")
	}
}
