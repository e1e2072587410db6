//go:build integration

package evm

import (
	"reflect"
	"testing"

	"tallystick/anchor/evm/contracts"
	"tallystick/internal/testenv"
)

// Of one size there is one root for ever, and a head only grows.
func TestRegistryKeepsOneHistory(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	origin, me, stranger := OriginHash("a log"), s.signer, testSigner(t, 1)
	anchorOf := func(size, root uint64) []byte {
		return registry.PackAnchor(me.Address(), origin, size, s.log.root(root))
	}
	if r, err := s.transact(me, &s.registry, anchorOf(5, 5)); err != nil || r.Status != 1 {
		t.Fatal(r, err)
	}
	for _, c := range []struct {
		name string
		from *FileSigner
		data []byte
		want any
	}{
		{"the head again changes nothing", me, anchorOf(5, 5), nil},
		{"a larger one", me, anchorOf(6, 6), nil},
		{"another root of the head's size", me, anchorOf(5, 4),
			&contracts.AnchorRegistryConflict{Size: 5, Held: s.log.root(5), Given: s.log.root(4)}},
		{"a smaller one", me, anchorOf(4, 4), &contracts.AnchorRegistrySmaller{Held: 5, Given: 4}},
		{"no size", me, anchorOf(0, 0), &contracts.AnchorRegistryZero{}},
		{"a stranger", stranger, anchorOf(6, 6), &contracts.AnchorRegistryNotAllowed{Caller: stranger.Address()}},
		{"a stranger begins somebody's log", stranger, registry.PackAnchor(me.Address(), OriginHash("another"), 1,
			s.log.root(1)),
			&contracts.AnchorRegistryNotAllowed{Caller: stranger.Address()}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := s.call(c.from.Address(), s.registry, c.data)
			if c.want == nil {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if got := revert(t, registry.UnpackError, err); !reflect.DeepEqual(got, c.want) {
				t.Errorf("refused with %+v, want %+v", got, c.want)
			}
		})
	}
	before := len(s.anchors())
	if r, err := s.transact(me, &s.registry, anchorOf(5, 5)); err != nil || r.Status != 1 || len(r.Logs) != 0 {
		t.Errorf("the head again: %+v, %v", r, err)
	}
	if after := len(s.anchors()); after != before {
		t.Errorf("the head again made %d events", after-before)
	}
}

// Who keeps a log may change its keys; the former ones can then do nothing.
func TestKeysAreTurnedOver(t *testing.T) {
	s := newSite(t, testenv.AnvilOptions{})
	origin, account := OriginHash("a log"), s.signer.Address()
	first, hot, heir := s.signer, testSigner(t, 1), testSigner(t, 2)
	anchorOf := func(size uint64) []byte { return registry.PackAnchor(account, origin, size, s.log.root(size)) }
	must := func(who *FileSigner, data []byte) {
		t.Helper()
		if r, err := s.transact(who, &s.registry, data); err != nil || r.Status != 1 {
			t.Fatal(r, err)
		}
	}
	refused := func(who *FileSigner, data []byte) {
		t.Helper()
		_, err := s.call(who.Address(), s.registry, data)
		want := &contracts.AnchorRegistryNotAllowed{Caller: who.Address()}
		if got := revert(t, registry.UnpackError, err); !reflect.DeepEqual(got, want) {
			t.Fatalf("refused with %+v, want %+v", got, want)
		}
	}
	must(first, anchorOf(1))
	refused(hot, registry.PackAppoint(account, origin, hot.Address()))
	must(first, registry.PackAppoint(account, origin, hot.Address()))
	refused(first, anchorOf(2))
	must(hot, anchorOf(2))
	refused(hot, registry.PackOffer(account, origin, hot.Address())) // a signer controls nothing
	must(first, registry.PackOffer(account, origin, heir.Address()))
	refused(first, registry.PackTake(account, origin))
	must(heir, registry.PackTake(account, origin))
	refused(first, registry.PackAppoint(account, origin, first.Address()))
	refused(hot, anchorOf(3))
	must(heir, anchorOf(3))
	if got := s.anchors(); !reflect.DeepEqual(got, []uint64{1, 2, 3}) {
		t.Errorf("anchored %v", got)
	}
}
