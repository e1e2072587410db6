package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/vault/api"
)

// Identity is who a Vault token stands for, as Vault says.
type Identity struct {
	Entity string // id of the entity: two tokens of one person have the same
	Halves []Half // that the token may decrypt, ascending
}

// ErrNoEntity says that a token stands for nobody, such as a root token.
var ErrNoEntity = errors.New("the token belongs to no entity of Vault: log in with an officer's own login")

// Identify asks Vault whose token the client carries, and which halves of wrapping keys it may decrypt.
func Identify(ctx context.Context, client *api.Client, names Names) (Identity, error) {
	self, err := client.Auth().Token().LookupSelfWithContext(ctx)
	if err != nil {
		return Identity{}, fmt.Errorf("ask vault whose token it is: %w", err)
	}
	if self == nil {
		return Identity{}, errAnswer
	}
	var id Identity
	if id.Entity, _ = self.Data["entity_id"].(string); id.Entity == "" {
		return Identity{}, ErrNoEntity
	}
	n := names.withDefaults()
	for _, h := range []Half{HalfA, HalfB} {
		can, err := client.Sys().CapabilitiesSelfWithContext(ctx, n.Transit+"/decrypt/"+n.sealKey(h))
		if err != nil {
			return Identity{}, fmt.Errorf("ask vault what the token may do: %w", err)
		}
		if slices.Contains(can, "update") || slices.Contains(can, "root") || slices.Contains(can, "create") {
			id.Halves = append(id.Halves, h)
		}
	}
	return id, nil
}
