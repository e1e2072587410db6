package contracts

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi/abigen"
)

var update = flag.Bool("update", false, "write the bindings")

// The committed bindings are what abigen makes of the committed artifacts.
func TestBindingsAreThoseOfTheArtifacts(t *testing.T) {
	for _, c := range []struct{ contract, pkg, file string }{
		{"AnchorRegistry", "contracts", "anchor_registry.go"},
		{"ClaimSettlement", "contracts", "claim_settlement.go"},
		{"TestToken", "testtoken", "testtoken/test_token.go"},
	} {
		t.Run(c.contract, func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join("artifacts", c.contract+".json"))
			if err != nil {
				t.Fatal(err)
			}
			var a artifact
			if err := json.Unmarshal(data, &a); err != nil {
				t.Fatal(err)
			}
			want, err := abigen.BindV2([]string{c.contract}, []string{string(a.ABI)}, []string{a.Deploy}, c.pkg, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if *update {
				if err := os.WriteFile(c.file, []byte(want), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			got, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != want {
				t.Errorf("%s is not what abigen makes of the artifact: run `make contracts`", c.file)
			}
		})
	}
}

func TestTheRegistrysCodeIsEmbedded(t *testing.T) {
	if code := RegistryCode(); len(code) < 500 {
		t.Errorf("%d bytes of code", len(code))
	}
}
