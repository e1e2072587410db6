package console

import (
	"flag"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write golden files anew")

// TestOpenAPI keeps the published description, from which the pages' client is made, that of the code.
func TestOpenAPI(t *testing.T) {
	s := newTestServer(t).server
	got, err := s.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("openapi.json", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Error("openapi.json is not what the code says: run go test ./console -run TestOpenAPI -update")
	}
}
