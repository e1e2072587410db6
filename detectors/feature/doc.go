// Package feature turns a claim into numbers and categories that a model can weigh: a registry of named features, each
// with its meaning, unit, direction and what its absence means, computed from the open part of an event and from what
// is known of its parties. The same extractor serves training and the stream, so that what is learnt from is what is
// served.
//
// It must not know rules, Kafka, keys or how a model weighs a feature. Enter by [Compile]; an [Extractor] is for one
// goroutine, the registry for any number.
package feature
