// Package claim holds what travels: the claim event that insurers send, and the entry that records the decision on it.
//
// It defines the types, their JSON form, decoding and validation, and nothing else: it knows neither Kafka nor keys nor
// fraud, and imports no other package of this module. Start at [Event] (what comes in), [Entry] (what the journal keeps)
// and [Problem] (why an event is refused). All values are plain data: share them between goroutines only while nobody writes.
package claim
