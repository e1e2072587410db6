package member

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/go-json-experiment/json"

	"tallystick/internal/bounded"
	"tallystick/signals"
)

// SocketFile is where a running node takes commands, in its directory: whoever may write there is the node's operator.
const SocketFile = "node.sock"

const maxCommand = 1 << 20

// The commands, each with its answer.
type (
	// Turning suspends, restores or withdraws signals.
	Turning struct {
		Action signals.Action `json:"action"`
		Names  []string       `json:"names"`
		Reason string         `json:"reason"`
	}
	// Approval carries a proposal with a signature.
	Approval struct {
		Signed []byte `json:"signed"`
	}
	// Approved says what a signature did.
	Approved struct {
		ID     string `json:"id"`
		Have   int    `json:"have"`
		Needed int    `json:"needed"`
		Done   bool   `json:"done"`
	}
	// Inquiry asks the publishers of a claim's hits.
	Inquiry struct {
		By      string `json:"by"`
		Insurer string `json:"insurer"`
		Claim   string `json:"claim"`
		Text    string `json:"text"`
	}
	// Reply answers a letter.
	Reply struct {
		By   string `json:"by"`
		ID   string `json:"id"`
		Text string `json:"text"`
	}
)

// ListenForCommands makes the node's socket, which only its own user may write to.
func (n *Node) ListenForCommands(ctx context.Context) (net.Listener, error) {
	path := filepath.Join(n.cfg.Dir, SocketFile)
	// The directory is this process's alone, so a socket in it was left by one that died.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("taking commands: %w", err)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("taking commands: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("taking commands: %w", err), listener.Close())
	}
	return listener, nil
}

// Control takes commands on the node's socket until ctx is done.
func (n *Node) Control(ctx context.Context, listener net.Listener) error {
	mux := http.NewServeMux()
	command(mux, "propose", func(ctx context.Context, p Publication) (string, error) { return n.Propose(ctx, p) })
	command(mux, "turn", func(_ context.Context, t Turning) (string, error) {
		return n.Turn(t.Action, t.Names, t.Reason)
	})
	command(mux, "proposals", func(context.Context, struct{}) (map[string]string, error) { return n.Proposals() })
	command(mux, "approve", func(_ context.Context, a Approval) (Approved, error) { return n.approved(a) })
	command(mux, "look-up", func(ctx context.Context, q Query) (*Finding, error) { return n.LookUp(ctx, q) })
	command(mux, "inquire", func(ctx context.Context, i Inquiry) ([]Letter, error) {
		return n.Inquire(ctx, i.By, i.Insurer, i.Claim, i.Text)
	})
	command(mux, "answer", func(ctx context.Context, r Reply) (*Letter, error) {
		return n.Answer(ctx, r.By, r.ID, r.Text)
	})
	command(mux, "letters", func(context.Context, struct{}) ([]Letter, error) { return n.Letters() })
	command(mux, "causes", func(context.Context, struct{}) ([]signals.Cause, error) { return n.Causes(), nil })
	command(mux, "status", func(ctx context.Context, _ struct{}) (*Status, error) { return n.Status(ctx) })
	command(mux, "settle", func(ctx context.Context, m signals.Month) ([]Account, error) { return n.Settle(ctx, m) })
	command(mux, "pull", func(ctx context.Context, _ struct{}) (struct{}, error) { return struct{}{}, n.Pull(ctx) })
	// A look-up or a pull asks other nodes, so an answer may take its time.
	if err := bounded.Serve(ctx, listener, mux, bounded.Limits{Connections: 32, Write: 5 * time.Minute,
		Grace: time.Second}, nil); err != nil {
		return fmt.Errorf("taking commands: %w", err)
	}
	return nil
}

func (n *Node) approved(a Approval) (Approved, error) {
	id, have, done, err := n.Approve(a.Signed)
	if err != nil {
		return Approved{}, err
	}
	text, err := textOf(a.Signed)
	if err != nil {
		return Approved{}, err
	}
	p, err := ParseProposal(text)
	if err != nil {
		return Approved{}, err
	}
	return Approved{id, have, Needed(p.Action), done}, nil
}

// command answers one command: what it says is for the operator at the other end, so errors go out as they are.
func command[In, Out any](mux *http.ServeMux, name string, do func(context.Context, In) (Out, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var in In
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxCommand))
		if err == nil {
			err = json.Unmarshal(body, &in, json.RejectUnknownMembers(true))
		}
		var text []byte
		if err == nil {
			var out Out
			if out, err = do(r.Context(), in); err == nil {
				text, err = json.Marshal(out)
			}
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		_, _ = w.Write(text)
	})
}

// Command gives a command to the running node of a directory and reads its answer.
func Command(ctx context.Context, dir, name string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("writing the command: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", filepath.Join(dir, SocketFile))
		}}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://node/"+name, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("giving the command: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("no node runs in %s (`tallystick signals serve --dir %s` starts it): %w", dir, dir, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return errors.New(string(bytes.TrimSpace(text)))
	}
	if err := json.Unmarshal(text, out); err != nil {
		return fmt.Errorf("reading the answer: %w", err)
	}
	return nil
}
