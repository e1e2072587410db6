package export

import (
	"fmt"
	"strings"

	"tallystick/anchor/proof"
)

// TlogProof writes the way from the bundle's batch entry to the checkpoint as a C2SP tlog-proof. What it is a proof of
// is the entry's text, which goes beside it.
func TlogProof(b *proof.Bundle) []byte {
	var out strings.Builder
	fmt.Fprintf(&out, "c2sp.org/tlog-proof@v1\nindex %d\n", b.Log.Index)
	for _, hash := range b.Log.Hashes {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	out.WriteString("\n" + b.Checkpoint)
	return []byte(out.String())
}
