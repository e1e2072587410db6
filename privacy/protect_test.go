package privacy

import (
	"testing"
)

func TestFirst(t *testing.T) {
	p := protection(t).Protector()
	var out Protected
	if err := p.Protect(sample(t), &out); err != nil {
		t.Fatal(err)
	}
	t.Log(string(out.Open))
	for _, x := range out.Tokens {
		t.Log(x)
	}
	for k, l := range openAll(t, &out) {
		t.Log(k, string(l.Kind), string(l.Value))
	}
}
