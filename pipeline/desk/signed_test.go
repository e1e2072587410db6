package desk_test

import (
	"testing"

	"tallystick/claim"
	"tallystick/claim/signed"
	"tallystick/pipeline"
	"tallystick/privacy/intake"
)

// producers registers a key for acme and returns its signer, and one that is registered for globex.
func producers(t *testing.T) (keys signed.Keys, acme, globex *signed.Signer) {
	t.Helper()
	keys = signed.Keys{}
	signers := map[string]*signed.Signer{}
	for _, insurer := range []string{"acme", "globex"} {
		private, public, err := signed.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		if err := keys.Add(insurer, public); err != nil {
			t.Fatal(err)
		}
		if signers[insurer], err = signed.ParseSigner(private); err != nil {
			t.Fatal(err)
		}
	}
	return keys, signers["acme"], signers["globex"]
}

func TestAClaimOfAnotherInsurerIsDead(t *testing.T) {
	keys, acme, globex := producers(t)
	o := openSigned(t, keys)
	r := pipeline.Record{Source: claim.SourceRef{Time: now}, Key: []byte(goodKey), Value: []byte(good)}
	for i, signature := range [][]byte{nil, globex.Sign(r.Value), acme.Sign([]byte("another claim"))} {
		r.Source.Offset, r.Headers = int64(i), header(signed.Header, string(signature))
		e := o.lies(t, r).Entries[0]
		if e.Kind != claim.Dead || e.Dead.Code != claim.NotSigned || e.Insurer != "" || e.Claim != "" {
			t.Errorf("%d: %+v", i, e)
		}
	}
	r.Source.Offset, r.Headers = 9, header(signed.Header, string(acme.Sign(r.Value)))
	if e := o.lies(t, r).Entries[0]; e.Kind != claim.Decided {
		t.Errorf("signed by its insurer's producer it is %s", e.Kind)
	}
}

// What was refused keeps its signature: when the cause is mended it is decided without the producer.
func TestASignatureOutlivesForwardAndDeadLetter(t *testing.T) {
	keys, acme, _ := producers(t)
	o := openSigned(t, keys)
	place, at, home := away(t)
	r := pipeline.Record{Source: claim.SourceRef{Partition: at, Time: now}, Key: []byte("acme/another"),
		Value: []byte(good), Place: place,
		Headers: header(signed.Header, string(acme.Sign([]byte(good))))}
	r.Place = nil
	v := o.lies(t, r)
	if len(v.Dead) != 1 || v.Entries[0].Dead.Code != claim.KeyMismatch {
		t.Fatalf("%+v", v.Entries[0])
	}
	replayed := pipeline.Record{Source: claim.SourceRef{Partition: home, Offset: 5, Time: now}, Value: v.Dead[0].Value,
		Place:   place,
		Headers: header(signed.Header, string(v.Dead[0].Signature))}
	if e := o.lies(t, replayed).Entries[0]; e.Kind != claim.Decided {
		t.Errorf("replayed it is %+v", e)
	}
	// A header of another length may hold anything: it is not kept.
	r.Headers = header(signed.Header, "Ann Canary")
	r.Source.Offset = 6
	if v := o.lies(t, r); len(v.Dead) != 1 || v.Dead[0].Signature != nil {
		t.Error("a header that is no signature is kept in clear")
	}
}

func TestASealedClaimIsSignedBeforeOrAfterItIsSealed(t *testing.T) {
	keys, acme, _ := producers(t)
	o := openSigned(t, keys)
	key, err := o.keys.Intake()
	if err != nil {
		t.Fatal(err)
	}
	for i, over := range []string{"inside", "outside"} {
		value := []byte(with(`"revision":1`, `"revision":`+string(rune('1'+i))))
		sealed, err := key.Seal([]byte(intake.Context), value)
		if err != nil {
			t.Fatal(err)
		}
		signature := acme.Sign(map[string][]byte{"inside": value, "outside": sealed}[over])
		r := pipeline.Record{Source: claim.SourceRef{Offset: int64(i), Time: now}, Key: []byte(goodKey), Value: sealed,
			Headers: header(signed.Header, string(signature))}
		if e := o.lies(t, r).Entries[0]; e.Kind != claim.Decided {
			t.Errorf("signed %s it is %+v", over, e.Dead)
		}
	}
}
