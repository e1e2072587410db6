package member

import (
	"fmt"
	"time"
)

// audit is one line of the node's log of acts. It names claim and signal and never an identifier. What is about to be
// done is written before it is done; what came of it follows.
type audit struct {
	Time    time.Time `json:"time"`
	Act     string    `json:"act"`
	By      string    `json:"by,omitempty"`
	Insurer string    `json:"insurer,omitempty"`
	Claim   string    `json:"claim,omitempty"`
	Domains []string  `json:"domains,omitempty"`
	Salt    []byte    `json:"salt,omitempty"`   // of the commitment to the claim that the evaluators log
	Commit  string    `json:"commit,omitempty"` // so that their log and this one can be laid side by side
	Signals []string  `json:"signals,omitempty"`
	Record  string    `json:"record,omitempty"`
	With    string    `json:"with,omitempty"` // another member
	Result  string    `json:"result,omitempty"`
}

func (n *Node) note(a audit) error {
	a.Time = n.now().UTC().Truncate(time.Millisecond)
	if _, err := n.audit.append(a); err != nil {
		return fmt.Errorf("the act is not done, since it cannot be logged: %w", err)
	}
	return nil
}
