package remote

import (
	"context"
	"fmt"
	"net/http"

	"tallystick/internal/neighbour"
)

// Client asks a [Server]. Errors are *neighbour.Problem and neighbour.ErrAway.
type Client struct{ Neighbour *neighbour.Client }

// Requests lists what the trail still has, oldest first.
func (c Client) Requests(ctx context.Context) (all []Request, err error) {
	return all, c.Neighbour.Ask(ctx, http.MethodGet, "/requests", nil, &all)
}

// Request asks for fields and returns the number of the request.
func (c Client) Request(ctx context.Context, q Question) (number int64, err error) {
	return number, c.Neighbour.Ask(ctx, http.MethodPost, "/requests", q, &number)
}

// Approve lets a request of another person be opened.
func (c Client) Approve(ctx context.Context, person string, number int64) error {
	return c.act(ctx, person, number, "approve", nil)
}

// Withdraw ends a request: one's own, or as an approver somebody else's.
func (c Client) Withdraw(ctx context.Context, person string, number int64) error {
	return c.act(ctx, person, number, "withdraw", nil)
}

// Open returns the fields of an approved request to who asked, once.
func (c Client) Open(ctx context.Context, person string, number int64) (values []Value, err error) {
	return values, c.act(ctx, person, number, "open", &values)
}

func (c Client) act(ctx context.Context, person string, number int64, act string, out any) error {
	return c.Neighbour.Ask(ctx, http.MethodPost, fmt.Sprintf("/requests/%d/%s", number, act), Question{Person: person},
		out)
}
