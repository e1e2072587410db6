// Package fetch reads one Kafka partition as the broker stored it: whole record batches, without the records of aborted
// transactions and without control markers, and it never moves past a record that it did not hand over or knowingly
// leave out. It must not know what a record means. Enter at NewReader, then call Fetch in a loop; Start and End answer
// for the partition's bounds. A Reader belongs to one goroutine; its Transport may be shared by all of them.
//
// kafka-go's own readers return aborted records and markers as messages and skip forward when an offset is gone; that
// is why this package speaks the fetch request itself, through kafka-go's Transport.
package fetch
