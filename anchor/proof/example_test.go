package proof_test

import (
	"fmt"
	"os"
	"strings"

	"tallystick/anchor/proof"
)

// A stranger has the bundle, and from elsewhere the keys of the log and of a witness.
func ExampleVerify() {
	bundle, err := os.ReadFile("testdata/bundle.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	keys, err := os.ReadFile("testdata/keys.txt")
	if err != nil {
		fmt.Println(err)
		return
	}
	logKey, witnessKey, _ := strings.Cut(strings.TrimSpace(string(keys)), "\n")
	policy := proof.Policy{LogKey: logKey, Witnesses: []string{witnessKey}, Quorum: 1}

	report, err := proof.Verify(bundle, policy)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Fields[2].Path, "=", report.Fields[2].Value, "in batch", report.Batch)

	_, err = proof.Verify([]byte(strings.Replace(string(bundle), `"review"`, `"settle"`, 1)), policy)
	fmt.Println(err)
	// Output:
	// decision.outcome = review in batch 2
	// proof not valid at step "fields": "decision.outcome": the value is not what was committed to
}
