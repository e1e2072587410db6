package lookup

import (
	"context"
	"net/http"

	"tallystick/internal/neighbour"
)

// Client asks a [Server]. Errors are *neighbour.Problem and neighbour.ErrAway; none quotes the value.
type Client struct{ Neighbour *neighbour.Client }

// Tokens returns the tokens of a value.
func (c Client) Tokens(ctx context.Context, q Question) (*Answer, error) {
	var a Answer
	if err := c.Neighbour.Ask(ctx, http.MethodPost, "/tokens", q, &a); err != nil {
		return nil, err
	}
	return &a, nil
}
