// Package joint carries requests for single partitions to Kafka together: what several partitions of an instance fetch
// from or append to one broker at about the same time travels in one request, as the protocol foresees and kafka-go's
// Client does not. It is a kafka.RoundTripper between the clients and their transport, so readers, the journal's
// appenders and kafka-go's own Writer use it without knowing. It knows nothing of what is fetched or appended, and
// changes nothing of when an append is confirmed: a caller hears of its own partition alone.
package joint
