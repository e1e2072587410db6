package journal

// Sum computes the digest of a batch from its header and records, as every reader does: for who keeps batches elsewhere
// and must be able to check them there.
func Sum(h Header, records []Record) Digest {
	var d digester
	d.begin(h.appendTo(make([]byte, 0, headerSize)))
	for i := range records {
		d.add(records[i].Key, records[i].Value)
	}
	return d.sum()
}
