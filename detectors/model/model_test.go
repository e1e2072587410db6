package model_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"tallystick/detectors/feature"
	"tallystick/detectors/model"
)

// small is a model with a table over a number and a category, over both, and a line.
func small(t testing.TB) *model.Model {
	t.Helper()
	m := &model.Model{Format: model.Format, ID: "fraud", Version: 3, Intercept: -2,
		Inputs: []model.Input{{Feature: "days.inception.loss", Kind: "number"},
			{Feature: "loss.cause", Kind: "category"}},
		Terms: []model.Term{
			{Axes: []model.Axis{{Input: 0, Cuts: []float64{7, 30}}}, Scores: []float64{0.1, 1, 0.5, -0.2}},
			{Axes: []model.Axis{{Input: 1, Levels: []string{"theft"}}}, Scores: []float64{0, 0.05, 0.7}},
			{Axes: []model.Axis{{Input: 0, Cuts: []float64{30}}, {Input: 1, Levels: []string{"theft"}}},
				Scores: []float64{0, 0, 0, 0, 0, 0.3, 0, 0, 0}},
		},
		Lines: []model.Line{{Input: 0, Mean: 100, Spread: 50, Cut: 4, Weight: -0.25, Missing: 0.125}},
	}
	if err := m.Seal(); err != nil {
		t.Fatal(err)
	}
	return m
}

func days(n float64) feature.Value { return feature.Value{Number: n, Known: true} }

func cause(s string) feature.Value { return feature.Value{Text: s, Known: true} }

func TestScoreLooksUp(t *testing.T) {
	m := small(t)
	for name, c := range map[string]struct {
		values []feature.Value
		want   float64
	}{
		"all known":      {[]feature.Value{days(3), cause("theft")}, -2 + 1 + 0.7 + 0.3 + -0.25*(3-100)/50},
		"on a cut":       {[]feature.Value{days(7), cause("theft")}, -2 + 0.5 + 0.7 + 0.3 + -0.25*(7-100)/50},
		"another level":  {[]feature.Value{days(100), cause("hail")}, -2 - 0.2 + 0.05},
		"both missing":   {make([]feature.Value, 2), -2 + 0.1 + 0.125},
		"far out is cut": {[]feature.Value{days(1e9), cause("hail")}, -2 - 0.2 + 0.05 - 0.25*4},
		"not even a NaN?": {[]feature.Value{days(math.NaN()), cause("hail")},
			m.Score([]feature.Value{days(math.NaN()), cause("hail")})},
	} {
		if got := m.Score(c.values); math.Abs(got-c.want) > 1e-12 || math.IsNaN(got) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func TestContributionsAddUpToTheScore(t *testing.T) {
	m := small(t)
	values := []feature.Value{days(3), cause("theft")}
	sum := m.Intercept
	var names []string
	for _, c := range m.Contributions(nil, values) {
		sum += c.LogOdds
		names = append(names, strings.Join(c.Features, " and "))
	}
	if math.Abs(sum-m.Score(values)) > 1e-12 {
		t.Errorf("contributions add up to %v, the score is %v", sum, m.Score(values))
	}
	if got := strings.Join(names, "; "); got != "days.inception.loss; loss.cause; days.inception.loss and loss.cause" {
		t.Errorf("reasons: %s", got)
	}
}

func TestFileComesBackAsItWas(t *testing.T) {
	m := small(t)
	var file bytes.Buffer
	if err := m.Write(&file); err != nil {
		t.Fatal(err)
	}
	back, err := model.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	a, err := m.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := back.Digest(); err != nil || a != b || back.Name() != "fraud@3" {
		t.Errorf("%s %s %s %v", a, b, back.Name(), err)
	}
}

func TestWhatIsRefused(t *testing.T) {
	var file bytes.Buffer
	if err := small(t).Write(&file); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ old, new, want string }{
		"another format":        {"tallystick-model/1", "tallystick-model/2", "fit it again"},
		"another kind of file":  {`"format"`, `"form"`, "not its JSON form"},
		"a score too few":       {"-0.2\n", "-0.2, 1\n", "has 5 scores and wants 4"},
		"an input that is none": {`"input": 1`, `"input": 7`, "names no input"},
		"cuts that fall":        {"7,\n", "70,\n", "cuts do not rise"},
		"no spread":             {`"spread": 50`, `"spread": 0`, "line 0"},
		"cut off":               {"}\n", "", "not its JSON form"},
	} {
		text := file.String()
		if at := strings.Index(text, c.old); name == "cut off" {
			text = text[:len(text)-20]
		} else if at < 0 {
			t.Fatalf("%s: %q is not in the file", name, c.old)
		} else {
			text = strings.Replace(text, c.old, c.new, 1)
		}
		if _, err := model.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
	if _, err := model.Read(endless{}); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("100 MB: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func FuzzParse(f *testing.F) {
	var file bytes.Buffer
	if err := small(f).Write(&file); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := model.Parse(data)
		if err != nil {
			return
		}
		values := make([]feature.Value, len(m.Inputs))
		for _, known := range []bool{false, true} {
			for i := range values {
				values[i] = feature.Value{Number: 1, Text: "theft", Known: known}
			}
			if s := m.Score(values); math.IsNaN(s) {
				t.Errorf("a model that was taken scores NaN")
			}
			m.Contributions(nil, values)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	m := small(b)
	values := []feature.Value{days(3), cause("theft")}
	for b.Loop() {
		m.Score(values)
	}
}
