package proof

// OpenCheckpoint checks a signed checkpoint against the verifier's own keys, as [Verify] does with the one in a bundle.
// An error is an [*Error].
func OpenCheckpoint(note []byte, policy Policy) (Checkpoint, []Witnessed, error) {
	k, err := policy.keys()
	if err != nil {
		return Checkpoint{}, nil, failed(StepPolicy, err)
	}
	return openCheckpoint(string(note), k)
}
