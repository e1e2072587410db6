// Package measure has the figures by which a score is judged against what turned out: area under the ROC curve, average
// precision, precision and recall at a capacity, Brier score, log loss and calibration. It knows numbers and nothing
// else. All functions leave their arguments as they are and may be called concurrently.
package measure
