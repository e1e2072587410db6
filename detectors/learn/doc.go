// Package learn fits a score from claims whose outcome is known: an explainable boosting machine (cyclic boosting of
// shallow trees over one feature, then over the pairs that FAST ranks first, averaged over bags) and beside it a
// logistic regression with a ridge; forward validation inside the given rows chooses pairs, ridge and the mix of the
// two, and calibrates. The result is a [model.Model]. The same rows and seed give the same model.
//
// A claim without an outcome is unknown and takes no part. It must not know claims, tokens, files or how a row came
// about. Enter by [Fit].
package learn
