package proof_test

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"tallystick/anchor/proof"
	"tallystick/anchor/timestamp"
	"tallystick/anchor/timestamp/timestamptest"
)

var update = flag.Bool("update", false, "have the golden stamped bundle stamped anew")

func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func trust(t testing.TB, list []byte) *timestamp.Trust {
	t.Helper()
	parsed, err := timestamp.ParseTrust(list)
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// stampedBundle is the golden bundle, stamped in the year 2000 by an authority whose certificate ended in that year: it
// is read today.
func stampedBundle(t *testing.T) ([]byte, proof.Policy) {
	t.Helper()
	if *update {
		writeStamped(t)
	}
	keys := strings.Fields(string(read(t, "keys.txt")))
	return read(t, "stamped.json"), proof.Policy{LogKey: keys[0], Witnesses: keys[1:], Quorum: 1,
		Authorities: trust(t, read(t, "authorities.pem")), Stamps: 1}
}

func writeStamped(t *testing.T) {
	t.Helper()
	b, err := proof.Parse(read(t, "bundle.json"))
	if err != nil {
		t.Fatal(err)
	}
	before := b.Log.Hashes[1] // of the first two batches
	head := proof.Checkpoint{Origin: "insurer.example/claims", Size: 3,
		Root: tlog.NodeHash(before, tlog.RecordHash([]byte(b.Entry)))}
	began := time.Date(1999, 7, 1, 0, 0, 0, 0, time.UTC)
	authority := timestamptest.New(t, timestamptest.Options{From: began, Until: began.AddDate(1, 0, 0)})
	synctest.Test(t, func(t *testing.T) {
		b.Stamps = []proof.Stamp{{Head: head.Text(), Hashes: []proof.Hash{before},
			Response: authority.Stamp(t, []byte(head.Text()), time.Now())}}
	})
	data, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"stamped.json": data, "authorities.pem": authority.Root} {
		if err := os.WriteFile(filepath.Join("testdata", name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAStampedBundleSaysBeforeWhen(t *testing.T) {
	bundle, policy := stampedBundle(t)
	report, err := proof.Verify(bundle, policy)
	if err != nil {
		t.Fatal(err)
	}
	want := []proof.Stamped{{By: "Example TSA", Issuer: "Example Time",
		Before: time.Date(2000, 1, 1, 0, 0, 1, 0, time.UTC), LogSize: 3}}
	if !reflect.DeepEqual(report.Stamped, want) {
		t.Errorf("got %+v", report.Stamped)
	}
	for _, line := range []string{
		"  existed before 2000-01-01T00:00:01Z by Example TSA, for whom Example Time vouches    time stamp on the log at size 3\n",
		"only that it existed before the times of the time stamps",
	} {
		if !strings.Contains(report.Text(), line) {
			t.Errorf("the report lacks %q:\n%s", line, report.Text())
		}
	}
}

// Whom the verifier does not trust the time, proves none: the report says so, and a policy that needs a stamp fails.
func TestStampsOfOthersProveNothing(t *testing.T) {
	bundle, policy := stampedBundle(t)
	stranger := timestamptest.New(t, timestamptest.Options{})
	for name, authorities := range map[string]proof.TimeAuthorities{"nobody": nil,
		"another authority": trust(t, stranger.Root)} {
		policy.Authorities, policy.Stamps = authorities, 0
		report, err := proof.Verify(bundle, policy)
		if err != nil {
			t.Fatal(err)
		}
		if len(report.Stamped) != 0 || report.Unchecked != 1 ||
			!strings.Contains(report.Text(), "authorities that you did not name") {
			t.Errorf("%s: %s", name, report.Text())
		}
	}
	policy.Stamps = 1
	var failed *proof.Error
	if _, err := proof.Verify(bundle, policy); !errors.As(err, &failed) || failed.Step != proof.StepStamps {
		t.Errorf("a stamp is needed: %v", err)
	}
	policy.Authorities = nil
	if _, err := proof.Verify(bundle, policy); !errors.As(err, &failed) || failed.Step != proof.StepPolicy {
		t.Errorf("a stamp is needed and nobody named: %v", err)
	}
}

// One authority that stamped twice is one.
func TestAnAuthorityCountsOnce(t *testing.T) {
	bundle, policy := stampedBundle(t)
	b, err := proof.Parse(bundle)
	if err != nil {
		t.Fatal(err)
	}
	b.Stamps = append(b.Stamps, b.Stamps[0])
	twice, err := b.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	policy.Stamps = 2
	if _, err := proof.Verify(twice, policy); err == nil {
		t.Error("one authority counted twice")
	}
}

// Every byte of a stamped bundle is flipped: it is seen, or nothing else is proved. What was stated without proof may
// differ.
func TestEveryByteOfAStampedBundleCounts(t *testing.T) {
	bundle, policy := stampedBundle(t)
	want, err := proof.Verify(bundle, policy)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(bundle, []byte(`"stamps"`))
	steps, same := map[proof.Step]int{}, 0
	for i := at; i < len(bundle); i++ {
		for _, flip := range []byte{0x01, 0x02, 0x20} {
			changed := bytes.Clone(bundle)
			changed[i] ^= flip
			got, err := proof.Verify(changed, policy)
			var failed *proof.Error
			if errors.As(err, &failed) {
				steps[failed.Step]++
				continue
			}
			if same++; !reflect.DeepEqual(got, want) {
				t.Fatalf("byte %d: another report:\n%s", i, got.Text())
			}
		}
	}
	if steps[proof.StepStamps] == 0 || same > (len(bundle)-at)/2 {
		t.Errorf("%d changes made no difference; the others failed at %v", same, steps)
	}
	t.Logf("%d changes made no difference; the others failed at %v", same, steps)
}
