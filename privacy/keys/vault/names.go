package vault

// Names says where in Vault things are. The zero value is the default.
type Names struct {
	Prefix  string // of keys, policies and roles; "" is tallystick
	Transit string // mount of the transit engine; "" is transit
	AppRole string // mount of the AppRole method; "" is approle
}

func (n Names) withDefaults() Names {
	if n.Prefix == "" {
		n.Prefix = "tallystick"
	}
	if n.Transit == "" {
		n.Transit = "transit"
	}
	if n.AppRole == "" {
		n.AppRole = "approle"
	}
	return n
}

// Half names one of the two sealing keys, and the officer who can decrypt with it.
type Half string

// The two halves.
const (
	HalfA Half = "a"
	HalfB Half = "b"
)

// No insurer's name contains a dot, so the install's key cannot be taken for an insurer's.
func (n Names) installKey() string               { return n.Prefix + "-root.install" }
func (n Names) insurerKey(insurer string) string { return n.Prefix + "-root-" + insurer }
func (n Names) sealKey(h Half) string            { return n.Prefix + "-seal-" + string(h) }

// PipelineRole is the AppRole, and the policy, of the pipeline.
func (n Names) PipelineRole() string { return n.withDefaults().Prefix + "-pipeline" }

// LookupRole is the AppRole, and the policy, of the process that makes tokens of what people type.
func (n Names) LookupRole() string { return n.withDefaults().Prefix + "-lookup" }

// OfficerRole is the AppRole, and the policy, of an officer.
func (n Names) OfficerRole(h Half) string { return n.withDefaults().Prefix + "-officer-" + string(h) }
