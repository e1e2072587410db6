package page_test

import (
	"bytes"
	"errors"
	"testing"

	"tallystick/anchor/page"
)

// A program that was built without the page says so; one with it pins keys that cannot end the element which holds
// them.
func TestPageIsThereOrSaysHowToGetIt(t *testing.T) {
	html, err := page.Page(nil)
	if errors.Is(err, page.ErrUnbuilt) {
		return
	}
	if err != nil || bytes.Count(html, []byte(page.PinnedMark)) != 1 {
		t.Fatalf("%v, %d places for keys", err, bytes.Count(html, []byte(page.PinnedMark)))
	}
	pinned, err := page.Page([]byte("log </script><script>alert(1)</script>"))
	if err != nil || bytes.Contains(pinned, []byte("alert(1)</script>")) ||
		bytes.Contains(pinned, []byte(page.PinnedMark)) {
		t.Errorf("%v: the keys were not pinned as a text", err)
	}
}
