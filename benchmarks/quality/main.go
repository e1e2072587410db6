package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "embed"

	"tallystick/benchmarks/report"
	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

// What a figure must reach.
const (
	gateTimeAUC       = 0.785
	gateTimeAP        = 0.155
	gateRandomAUC     = 0.82
	gateToReference   = 0.01 // AUC that it may stay behind interpret-core
	gateRingRecall    = 0.9
	gateRingPrecision = 0.8
	gateScoreNs       = 2000
)

//go:embed testdata/interpret.json
var referenceFile []byte

// reference is what interpret-core reached on the same rows; testdata/reference.py makes it.
type reference struct {
	Version string `json:"version"`
	Time    struct{ AUC, AP float64 }
	Random  struct{ AUC, AP float64 }
}

func main() {
	data := flag.String("data", os.Getenv("TALLYSTICK_DATA"), "folder of the public data sets")
	binary := flag.String("binary", "bin/tallystick", "the built program")
	rows := flag.String("rows", "", "folder in which the rows are left for reference.py")
	flag.Parse()
	if err := run(*data, *binary, *rows); err != nil {
		fmt.Fprintln(os.Stderr, "quality:", err)
		os.Exit(1)
	}
}

type bench struct {
	report.Report
	failed []error
	binary string
	dir    string
	rows   string
}

// gate adds a figure and remembers if it is below (or, with less, above) what it must reach.
func (b *bench) gate(name string, value float64, unit, ref string, ratio, gate float64, less bool) {
	b.Add(name, value, unit, ref, ratio)
	b.Note("%s %.4f, gate %.4f", name, value, gate) // the table has one decimal
	if math.IsNaN(value) || !less && value < gate || less && value > gate {
		b.failed = append(b.failed, fmt.Errorf("%s is %.4f, the gate is %.4f", name, value, gate))
	}
}

func run(data, binary, rows string) error {
	dir, err := os.MkdirTemp("", "tallystick-quality-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{binary: binary, dir: dir, rows: rows}
	b.Note("load average %s", report.LoadAverage())
	file := filepath.Join(data, "fraud_oracle.csv.gz")
	if _, err := os.Stat(file); data == "" || err != nil {
		b.Note("no public data: DATA= names no folder with fraud_oracle.csv.gz, so the figures on it are left out")
	} else if err := b.public(file); err != nil {
		return err
	}
	if err := b.rings(); err != nil {
		return err
	}
	if err := b.Print(os.Stdout); err != nil {
		return err
	}
	return errors.Join(b.failed...)
}

// outcome is what of a report of `tallystick backtest` is needed.
type outcome struct {
	All   struct{ AUC, AveragePrecision float64 }
	Folds []struct{ AUC, AveragePrecision float64 }
}

func (b *bench) backtest(name, file string, args ...string) (outcome, error) {
	var o outcome
	out := filepath.Join(b.dir, name+".json")
	args = append([]string{"backtest", "--map", "fraud_oracle", "--label", "FraudFound_P", "--outcome-delay", "0d",
		"--json", out}, args...)
	if b.rows != "" {
		args = append(args, "--rows", filepath.Join(b.rows, name+".csv"))
	}
	cmd := exec.Command(b.binary, append(args, file)...)
	if text, err := cmd.CombinedOutput(); err != nil {
		return o, fmt.Errorf("%v: %w\n%s", args, err, text)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		return o, err
	}
	return o, json.Unmarshal(text, &o)
}

func (b *bench) public(file string) error {
	var ref reference
	if err := json.Unmarshal(referenceFile, &ref); err != nil {
		return fmt.Errorf("testdata/interpret.json: %w", err)
	}
	by := "interpret-core " + ref.Version + " on the same rows"
	started := time.Now()
	o, err := b.backtest("time", file, "--from", "1996")
	if err != nil {
		return err
	}
	b.gate("auc_time_split", o.All.AUC, "", by, o.All.AUC/ref.Time.AUC, max(gateTimeAUC, ref.Time.AUC-gateToReference),
		false)
	b.gate("ap_time_split", o.All.AveragePrecision, "", by, o.All.AveragePrecision/ref.Time.AP, gateTimeAP, false)
	o, err = b.backtest("random", file, "--folds", "5")
	if err != nil {
		return err
	}
	var auc, ap float64
	for _, f := range o.Folds {
		auc += f.AUC / float64(len(o.Folds))
		ap += f.AveragePrecision / float64(len(o.Folds))
	}
	b.gate("auc_random_split", auc, "", by, auc/ref.Random.AUC, max(gateRandomAUC, ref.Random.AUC-gateToReference),
		false)
	b.Add("ap_random_split", ap, "", by, ap/ref.Random.AP)
	b.Add("quality_fit_s", time.Since(started).Seconds(), "s", "six fits with their validation", 0)
	return b.speed(file)
}

// speed measures a look-up in the model that `train` makes.
func (b *bench) speed(file string) error {
	path := filepath.Join(b.dir, "model.json")
	cmd := exec.Command(b.binary, "train", "--map", "fraud_oracle", "--label", "FraudFound_P", "--outcome-delay", "0d",
		"-o", path, file)
	if text, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("train: %w\n%s", err, text)
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	m, err := model.Read(f)
	if err != nil {
		return err
	}
	values := typical(m)
	const n = 200_000
	best := math.Inf(1)
	var sum float64
	for range 5 {
		at := time.Now()
		for range n {
			sum += m.Score(values)
		}
		best = min(best, float64(time.Since(at).Nanoseconds())/n)
	}
	if math.IsNaN(sum) {
		return errors.New("a score is not a number")
	}
	b.gate("score_ns", best, "ns", fmt.Sprintf("best of five; a model of %d features", len(m.Inputs)), 0, gateScoreNs,
		true)
	return nil
}

// typical returns values that the model knows: the first level and the middle cut of each feature.
func typical(m *model.Model) []feature.Value {
	values := make([]feature.Value, len(m.Inputs))
	for i := range m.Terms {
		for _, a := range m.Terms[i].Axes {
			switch {
			case len(a.Levels) > 0:
				values[a.Input] = feature.Value{Text: a.Levels[0], Known: true}
			case len(a.Cuts) > 0:
				values[a.Input] = feature.Value{Number: a.Cuts[len(a.Cuts)/2], Known: true}
			}
		}
	}
	return values
}
