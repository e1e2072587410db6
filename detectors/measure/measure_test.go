package measure_test

import (
	"math"
	"testing"

	"tallystick/detectors/measure"
)

// The expected values are scikit-learn's.
func TestFiguresAreThoseOfScikitLearn(t *testing.T) {
	scores := []float64{0.1, 0.4, 0.35, 0.8, 0.8, 0.2, 0.05, 0.4}
	fraud := []bool{false, false, true, true, false, false, false, true}
	for name, c := range map[string]struct{ got, want float64 }{
		"roc_auc_score":           {measure.AUC(scores, fraud), 0.7333333333333333},
		"average_precision_score": {measure.AveragePrecision(scores, fraud), 0.5333333333333333},
		"brier_score_loss":        {measure.Brier(scores, fraud), 0.20937500000000003},
		"log_loss":                {measure.LogLoss(scores, fraud), 0.58616466315584},
	} {
		if math.Abs(c.got-c.want) > 1e-12 {
			t.Errorf("%s: got %v, want %v", name, c.got, c.want)
		}
	}
}

func TestWhatCannotBeSaidIsNaN(t *testing.T) {
	if got := measure.AUC([]float64{1, 2}, []bool{false, false}); !math.IsNaN(got) {
		t.Errorf("AUC without a fraud: %v", got)
	}
	if got := measure.AveragePrecision([]float64{1, 2}, []bool{false, false}); !math.IsNaN(got) {
		t.Errorf("average precision without a fraud: %v", got)
	}
}

func TestAtCapacity(t *testing.T) {
	got := measure.AtCapacity([]float64{0.9, 0.1, 0.8, 0.7}, []bool{true, true, false, false}, 2)
	want := measure.At{Looked: 2, Threshold: 0.8, Fraud: 1, Innocent: 1, Precision: 0.5, Recall: 0.5}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestCalibrationHasEachClaimOnce(t *testing.T) {
	bins := measure.Calibration([]float64{0.1, 0.2, 0.9}, []bool{false, true, true}, 2)
	if len(bins) != 2 || bins[0].Claims+bins[1].Claims != 3 || bins[1].Was != 1 {
		t.Errorf("got %+v", bins)
	}
}
