package tilelog

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"
	merkletest "github.com/transparency-dev/merkle/testonly"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"

	"tallystick/anchor/internal/durable"
	"tallystick/anchor/internal/durabletest"
	"tallystick/anchor/proof"
)

const origin = "insurer.example/claims"

// testKey is fixed, so that golden bytes can be compared; it signs nothing but tests.
func testKey(t testing.TB) *Key {
	t.Helper()
	key, err := parseKey("PRIVATE+KEY+insurer.example/claims+93d694a9+AQcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH")
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testEntries(from, to int) []string {
	var entries []string
	for i := from; i < to; i++ {
		entries = append(entries, proof.BatchEntry{Origin: origin, Number: uint64(i), Entries: uint64(i + 1),
			Root: tlog.RecordHash([]byte{byte(i)})}.Text())
	}
	return entries
}

func openMemory(t testing.TB, files *durabletest.FaultFS) *Log {
	t.Helper()
	log, err := open(durable.NewDir(files, "/log"), durable.NewDir(files, "/log/.state"), testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

func TestPathsFollowTheSpecification(t *testing.T) {
	tests := map[string]tlog.Tile{
		"tile/0/x001/x234/067":        {H: 8, L: 0, N: 1234067, W: 256},
		"tile/0/273.p/112":            {H: 8, L: 0, N: 273, W: 112},
		"tile/2/000.p/1":              {H: 8, L: 2, N: 0, W: 1},
		"tile/entries/x001/000":       {H: 8, L: -1, N: 1000, W: 256},
		"tile/entries/000.p/5":        {H: 8, L: -1, N: 0, W: 5},
		"tile/63/x123/x456/789.p/255": {H: 8, L: 63, N: 123456789, W: 255},
	}
	for want, tile := range tests {
		if got := tilePath(tile); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if got := historyPath(1234067); got != "checkpoints/x001/x234/067" {
		t.Errorf("history: got %s", got)
	}
}

// The specification's own example: 70,000 entries.
func TestTilesOfTheSpecificationsExample(t *testing.T) {
	files := durabletest.NewFaultFS("/log")
	log := openMemory(t, files)
	entries := make([]string, 70_000)
	reference := merkletest.New(rfc6962.DefaultHasher)
	for i := range entries {
		entries[i] = fmt.Sprintf("entry %d", i)
		reference.AppendData([]byte(entries[i]))
	}
	if err := log.Append(t.Context(), 0, entries); err != nil {
		t.Fatal(err)
	}
	head, _ := log.Signed()
	if string(head.Root[:]) != string(reference.Hash()) {
		t.Error("the root differs from the reference tree")
	}
	held := files.Files()
	count := map[string]int{}
	for name, data := range held {
		name = strings.TrimPrefix(name, "/log/tile/")
		level, _, _ := strings.Cut(name, "/")
		count[level]++
		if !strings.Contains(name, ".p/") && level != "entries" && len(data) != 8192 && !strings.HasPrefix(name, "/") {
			t.Errorf("tile %s has %d bytes", name, len(data))
		}
	}
	if count["0"] != 274 || count["1"] != 2 || count["2"] != 1 || count["entries"] != 274 {
		t.Errorf("tiles by level: %v", count)
	}
	for name, width := range map[string]int{"0/273.p/112": 112, "1/001.p/17": 17, "2/000.p/1": 1} {
		if len(held["/log/tile/"+name]) != 32*width {
			t.Errorf("tile %s has %d bytes, want %d", name, len(held["/log/tile/"+name]), 32*width)
		}
	}
	bundle := held["/log/tile/entries/000"]
	if n := binary.BigEndian.Uint16(bundle); string(bundle[2:2+n]) != "entry 0" {
		t.Error("the first bundle does not begin with the first entry")
	}
	checkProofs(t, log, reference, []uint64{0, 255, 256, 65535, 65536, 69999},
		[]uint64{1, 255, 256, 65536, 69999, 70000})
}

func checkProofs(t *testing.T, log *Log, reference *merkletest.Tree, indexes, sizes []uint64) {
	t.Helper()
	head, _ := log.Signed()
	for _, index := range indexes {
		got, err := log.Inclusion(t.Context(), index, head)
		want, _ := reference.InclusionProof(index, head.Size)
		if err != nil || !sameHashes(got, want) {
			t.Errorf("inclusion of %d differs from the reference: %v", index, err)
		}
	}
	for _, size := range sizes {
		got, err := log.Consistency(t.Context(), size, head)
		want, _ := reference.ConsistencyProof(size, head.Size)
		if err != nil || !sameHashes(got, want) {
			t.Errorf("consistency from %d differs from the reference: %v", size, err)
		}
	}
}

func sameHashes(got []proof.Hash, want [][]byte) bool {
	return slices.EqualFunc(got, want, func(g proof.Hash, w []byte) bool { return bytes.Equal(g[:], w) })
}

func TestBytesDoNotDependOnHowEntriesArrive(t *testing.T) {
	whole := durabletest.NewFaultFS("/log")
	if err := openMemory(t, whole).Append(t.Context(), 0, testEntries(0, 600)); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		pieces := durabletest.NewFaultFS("/log")
		log := openMemory(t, pieces)
		for log.Size() < 600 {
			if rapid.Bool().Draw(rt, "reopen") {
				log = openMemory(t, pieces)
			}
			size := int(log.Size())
			from := rapid.IntRange(max(0, size-3), size).Draw(rt, "from") // some entries are sent again
			to := rapid.IntRange(size+1, min(600, size+300)).Draw(rt, "to")
			if err := log.Append(t.Context(), uint64(from), testEntries(from, to)); err != nil {
				rt.Fatal(err)
			}
		}
		got := pieces.Files()
		for name, data := range whole.Files() {
			if !bytes.Equal(got[name], data) {
				rt.Fatalf("%s differs", name)
			}
		}
	})
}

// Each durable step of appending and publishing fails, before and after its effect, and the process dies or the power
// goes. The next run must reach the same bytes, and no head that was seen may be lost.
func TestCrashAtEveryStep(t *testing.T) {
	run := func(ctx context.Context, files *durabletest.FaultFS) (seen []byte, err error) {
		log, err := open(durable.NewDir(files, "/log"), durable.NewDir(files, "/log/.state"), testKey(t))
		if err != nil {
			return nil, err
		}
		for _, size := range []int{3, 300, 301} {
			if int(log.Size()) >= size {
				continue
			}
			from := int(log.Size())
			if err := log.Append(ctx, uint64(from), testEntries(from, size)); err != nil {
				return seen, err
			}
			_, seen = log.Signed()
			if err := log.Publish(ctx, seen); err != nil {
				return seen, err
			}
		}
		_, seen = log.Signed()
		return seen, log.Publish(ctx, seen)
	}
	clean := durabletest.NewFaultFS("/log")
	clean.FailAt(0, 0)
	if _, err := run(t.Context(), clean); err != nil {
		t.Fatal(err)
	}
	steps := clean.Steps()
	if steps < 40 {
		t.Fatalf("only %d steps", steps)
	}
	for _, mode := range []struct {
		name  string
		fault durabletest.Fault
		after func(*durabletest.FaultFS)
	}{
		{"not done, process dies", durabletest.NotDone, (*durabletest.FaultFS).Restart},
		{"done but reported failed, process dies", durabletest.DoneFail, (*durabletest.FaultFS).Restart},
		{"not done, power loss", durabletest.NotDone, (*durabletest.FaultFS).PowerLoss},
		{"done but reported failed, power loss", durabletest.DoneFail, (*durabletest.FaultFS).PowerLoss},
	} {
		t.Run(mode.name, func(t *testing.T) {
			for n := 1; n <= steps; n++ {
				files := durabletest.NewFaultFS("/log")
				files.FailAt(n, mode.fault)
				seen, err := run(t.Context(), files)
				if !errors.Is(err, durabletest.ErrInjected) {
					t.Fatalf("step %d: the fault went unnoticed: %v", n, err)
				}
				mode.after(files)
				log, err := open(durable.NewDir(files, "/log"), durable.NewDir(files, "/log/.state"), testKey(t))
				if err != nil {
					t.Fatalf("step %d: reopening: %v", n, err)
				}
				if seen != nil {
					if head, _ := log.open(seen); head.Size > log.Size() {
						t.Fatalf("step %d: a head of size %d was shown, the log came back with %d", n, head.Size,
							log.Size())
					}
				}
				if _, err := run(t.Context(), files); err != nil {
					t.Fatalf("step %d: recovering: %v", n, err)
				}
				compare(t, n, files.Files(), clean.Files())
			}
		})
	}
}

// compare checks that every file of the undisturbed run is there with the same bytes. History may lack a size whose
// publication was overtaken.
func compare(t *testing.T, step int, got, want map[string][]byte) {
	t.Helper()
	for name, data := range want {
		if strings.Contains(name, "/checkpoints/") && got[name] == nil {
			continue
		}
		if !bytes.Equal(got[name], data) {
			t.Fatalf("step %d: %s differs after recovery", step, name)
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok && !strings.HasSuffix(name, ".tmp") {
			t.Fatalf("step %d: %s should not exist", step, name)
		}
	}
}

// The same log goes on after a failed call, without being opened again.
func TestRetryAfterAFullDisk(t *testing.T) {
	files := durabletest.NewFaultFS("/log")
	log := openMemory(t, files)
	for n := 1; ; n++ {
		files.FailAt(n, durabletest.Fault(n%2))
		err := log.Append(t.Context(), 0, testEntries(0, 10))
		files.Restart()
		if err == nil {
			break
		}
		if !errors.Is(err, durabletest.ErrInjected) || !strings.Contains(err.Error(), "/log/") {
			t.Fatalf("step %d: the error does not name the file: %v", n, err)
		}
		if log.Size() != 0 {
			t.Fatalf("step %d: the head moved in a failed call", n)
		}
	}
	if log.Size() != 10 {
		t.Fatalf("size %d", log.Size())
	}
}

func TestReadOnlyDirectory(t *testing.T) {
	dir := t.TempDir()
	log, err := Open(dir, testKey(t))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	withoutRoot(t, dir)
	if err := log.Append(t.Context(), 0, testEntries(0, 1)); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("got %v", err)
	}
}

func TestAppendRefuses(t *testing.T) {
	log := openMemory(t, durabletest.NewFaultFS("/log"))
	if err := log.Append(t.Context(), 0, testEntries(0, 5)); err != nil {
		t.Fatal(err)
	}
	if err := log.Append(t.Context(), 6, testEntries(6, 7)); !errors.Is(err, ErrGap) {
		t.Errorf("a gap: got %v", err)
	}
	other := testEntries(3, 6)
	other[0] = testEntries(9, 10)[0]
	if err := log.Append(t.Context(), 3, other); !errors.Is(err, ErrConflict) {
		t.Errorf("another entry under an index that is signed: got %v", err)
	}
	if err := log.Append(t.Context(), 5, []string{strings.Repeat("x", 65536)}); err == nil {
		t.Error("an entry that its length prefix cannot hold was taken")
	}
	if log.Size() != 5 {
		t.Errorf("size %d after refusals", log.Size())
	}
}

func TestAnotherHistoryInUnsignedTiles(t *testing.T) {
	files := durabletest.NewFaultFS("/log")
	clean := durabletest.NewFaultFS("/log")
	if err := openMemory(t, clean).Append(t.Context(), 0, testEntries(0, 2)); err != nil {
		t.Fatal(err)
	}
	// A run died after its tiles and before its signature; then somebody else's entries arrive.
	for name, data := range clean.Files() {
		if strings.Contains(name, "/tile/") {
			files.Put(name, data)
		}
	}
	if err := openMemory(t, files).Append(t.Context(), 0, testEntries(7, 9)); !errors.Is(err, ErrConflict) {
		t.Errorf("got %v", err)
	}
	if err := openMemory(t, files).Append(t.Context(), 0, testEntries(0, 2)); err != nil {
		t.Errorf("its own entries again: %v", err)
	}
}

func TestDamageIsFoundAtOpenOrBeforeSigning(t *testing.T) {
	build := func() *durabletest.FaultFS {
		files := durabletest.NewFaultFS("/log")
		log := openMemory(t, files)
		for _, size := range []int{3, 260} {
			if err := log.Append(t.Context(), log.Size(), testEntries(int(log.Size()), size)); err != nil {
				t.Fatal(err)
			}
		}
		_, msg := log.Signed()
		if err := log.Publish(t.Context(), msg); err != nil {
			t.Fatal(err)
		}
		return files
	}
	needed := []string{"/log/tile/0/001.p/4", "/log/tile/1/000.p/1", "/log/tile/entries/001.p/4", "/log/.state/signed"}
	for _, name := range needed {
		if build().Files()[name] == nil {
			t.Fatalf("%s is not in %v", name, slices.Sorted(maps.Keys(build().Files())))
		}
		for _, damage := range []string{"flipped", "cut", "deleted"} {
			files := build()
			data := files.Files()[name]
			switch damage {
			case "flipped":
				changed := bytes.Clone(data)
				changed[len(changed)/2] ^= 1
				files.Put(name, changed)
			case "cut":
				files.Put(name, data[:len(data)-1])
			case "deleted":
				if strings.HasSuffix(name, "signed") {
					continue // the published checkpoint takes its place, see the next test
				}
				files.Delete(name)
			}
			log, err := open(durable.NewDir(files, "/log"), durable.NewDir(files, "/log/.state"), testKey(t))
			if err == nil {
				err = log.Append(t.Context(), 260, testEntries(260, 261))
			}
			if err == nil {
				t.Errorf("%s %s: went unnoticed", name, damage)
			}
		}
	}
}

// The disk writes something else than it was given: the tree that is read back is not the one to sign.
func TestNothingIsSignedThatTheDiskDoesNotHold(t *testing.T) {
	for _, part := range []string{"/tile/0/", "/tile/1/", "/tile/entries/"} {
		files := durabletest.NewFaultFS("/log")
		log := openMemory(t, files)
		if err := log.Append(t.Context(), 0, testEntries(0, 3)); err != nil {
			t.Fatal(err)
		}
		files.Corrupt(part)
		if err := log.Append(t.Context(), 3, testEntries(3, 260)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: got %v", part, err)
		}
		if log.Size() != 3 {
			t.Errorf("%s: a tree of size %d was signed", part, log.Size())
		}
	}
}

func TestPublishedCheckpointBindsWhenStateIsLost(t *testing.T) {
	files := durabletest.NewFaultFS("/log")
	log := openMemory(t, files)
	if err := log.Append(t.Context(), 0, testEntries(0, 4)); err != nil {
		t.Fatal(err)
	}
	_, msg := log.Signed()
	if err := log.Publish(t.Context(), msg); err != nil {
		t.Fatal(err)
	}
	files.Delete("/log/.state/signed")
	log = openMemory(t, files)
	if log.Size() != 4 {
		t.Fatalf("size %d after losing the state", log.Size())
	}
	if err := log.Append(t.Context(), 0, testEntries(5, 6)); !errors.Is(err, ErrConflict) {
		t.Errorf("another history: got %v", err)
	}
}

// BenchmarkReplay compares entries that the log holds, one call each, as a restart does. Read ns/op as ns/entry.
func BenchmarkReplay(b *testing.B) {
	log, err := Open(b.TempDir(), testKey(b))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	entries := testEntries(0, 10_000)
	if err := log.Append(b.Context(), 0, entries); err != nil {
		b.Fatal(err)
	}
	i := 0
	for b.Loop() {
		if err := log.Append(b.Context(), uint64(i), entries[i:i+1]); err != nil {
			b.Fatal(err)
		}
		i = (i + 1) % len(entries)
	}
}

// BenchmarkAppend logs one entry a call: what a batch costs, most of it fsync.
func BenchmarkAppend(b *testing.B) {
	log, err := Open(b.TempDir(), testKey(b))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	for i := 0; b.Loop(); i++ {
		if err := log.Append(b.Context(), uint64(i), testEntries(i, i+1)); err != nil {
			b.Fatal(err)
		}
	}
}
