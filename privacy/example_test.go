package privacy_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"fmt"
	"log"

	"tallystick/claim"
	"tallystick/privacy"
)

// An install's keys come from privacy/keys/vault or privacy/keys/keyring; here they are made on the spot.
func keys() privacy.Keys {
	root := sha256.Sum256([]byte("an example is no secret"))
	secret, err := privacy.NewSecret(root[:])
	if err != nil {
		log.Fatal(err)
	}
	alpha, err := privacy.NewInsurerKeys("alpha", secret)
	if err != nil {
		log.Fatal(err)
	}
	intake, err := privacy.NewIntake(secret)
	if err != nil {
		log.Fatal(err)
	}
	var half [2]privacy.PublicHalf
	for i := range half {
		key, err := rsa.GenerateKey(rand.Reader, 3072)
		if err != nil {
			log.Fatal(err)
		}
		half[i] = privacy.PublicHalf{Key: &key.PublicKey, Version: 1}
	}
	set, err := privacy.NewKeySet([]*privacy.InsurerKeys{alpha}, &privacy.SealingKeys{A: half[0], B: half[1]}, intake)
	if err != nil {
		log.Fatal(err)
	}
	return set
}

func Example() {
	shared, err := privacy.New(privacy.Config{Keys: keys()})
	if err != nil {
		log.Fatal(err)
	}
	worker := shared.Protector() // one a goroutine
	var out privacy.Protected    // used again for the next event
	event := `{"insurer":"alpha","claim":"C-17","revision":1,"line":"motor",
		"claimant":{"name":"Ann Example","birthDate":"1980-02-11","phone":"(415) 555-0123","address":{"country":"US"}},
		"shoeSize":"43"}`
	if err := worker.Protect([]byte(event), &out); err != nil {
		log.Fatal(err) // a *claim.Problem: to the dead letters; privacy.ErrUnavailable: wait and try again
	}
	fmt.Println("open:", string(new(claim.Renderer).Append(nil, out.Values)))
	for _, token := range out.Tokens {
		fmt.Println("token:", token.Path, token.Value)
	}
	for _, party := range out.Parties {
		fmt.Println("sealed:", party.Party, len(party.Data), "bytes")
	}
	// Output:
	// open: {"claim":"C-17","claimant":{"address":{"country":"US"},"birthYear":1980},"insurer":"alpha","line":"motor","revision":1}
	// token: claimant.name nam_1_q5q5ilwh6ep7oklocxrclezkl4
	// token: claimant.person per_1_tmhtm3amcoqg7a4zwxl7guny2u
	// token: claimant.phone phn_1_2vgxge2d2vjen2fsf4zvtzp7xq
	// sealed: claimant 80 bytes
	// sealed: record 80 bytes
}

func ExampleInsurerKeys_Lift() {
	keys, err := keys().Insurer("alpha")
	if err != nil {
		log.Fatal(err)
	}
	// How the fraud team looks up what is known of a phone number.
	token, ok, err := keys.Token("phn", "(415) 555-0123", "US")
	if err != nil || !ok {
		log.Fatal(ok, err)
	}
	now, err := keys.Lift(token) // of an older key version; here it is current
	fmt.Println(now == token, err)
	// Output: true <nil>
}
