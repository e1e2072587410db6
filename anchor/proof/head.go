package proof

// OpenCheckpoint checks a signed checkpoint against the policy: the log's signature, its origin and the quorum of
// witnesses. It returns the head and who has cosigned it. Every error is an [*Error].
func (p Policy) OpenCheckpoint(msg []byte) (Checkpoint, []Witnessed, error) {
	k, err := p.keys()
	if err != nil {
		return Checkpoint{}, nil, failed(StepPolicy, err)
	}
	return openCheckpoint(string(msg), k)
}
