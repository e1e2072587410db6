// Package news carries what becomes known of claims beside the stream of claims: a topic with the partitions and keys
// of claims, appended to by a [Sender] and read from its beginning by a [Follower], which tells of each record as
// [claim.News].
//
// It must not know what kinds of news there are: a kind brings its own form and check, as outcomes and warnings do.
package news
