package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"tallystick/benchmarks/report"
	"tallystick/privacy/text"
	"tallystick/privacy/text/corpus"
)

// What a figure must reach.
const (
	gateChecked   = 0.99
	gateRecall    = 0.95
	gatePrecision = 0.90
)

// checked are the kinds whose values have a check digit or are never given out in other forms.
var checked = []string{"card", "iban", "us_ssn", "cn_resident_id", "npi", "vin", "aba_routing"}

func main() {
	seed := flag.Uint64("seed", 1, "seed of the texts")
	n := flag.Int("texts", 960, "how many texts")
	python := flag.String("python", "", "a Python that has Presidio; empty leaves the reference out")
	misses := flag.Bool("misses", false, "list what is missed in the seen half, and measure nothing")
	flag.Parse()
	run := measure
	if *misses {
		run = listMisses
	}
	if err := run(*seed, *n, *python); err != nil {
		fmt.Fprintln(os.Stderr, "text:", err)
		os.Exit(1)
	}
}

func measure(seed uint64, n int, python string) error {
	var r report.Report
	r.Note("load average %s; %d texts, seed %d", report.LoadAverage(), n, seed)
	texts := corpus.New(corpus.HeldOut, seed, n)
	english := slices.DeleteFunc(slices.Clone(texts), func(t corpus.Text) bool { return t.Chinese })
	all, err := ours(texts, nil)
	if err != nil {
		return err
	}
	own, err := ours(english, nil)
	if err != nil {
		return err
	}
	speed, err := pace(english)
	if err != nil {
		return err
	}
	them := &reference{}
	if python == "" {
		r.Note("no Presidio: -python names no Python that has it")
	} else if them, err = presidio(python, english); err != nil {
		return err
	}
	for kind, t := range all.ByKind {
		r.Note("%-15s there %5d  recall %.3f  wrong %d", kind, t.There, t.Recall(), t.Wrong)
	}
	var failed []error
	add := func(name string, value, reference, gate float64, what string) {
		if python == "" {
			reference, what = 0, "none"
		}
		r.Note("%s %.4f, reference (%s) %.4f", name, value, what, reference)
		r.Add(name, value, "of 1", what, value/reference)
		if value < gate {
			failed = append(failed, fmt.Errorf("%s is %.4f, the gate is %.2f", name, value, gate))
		}
	}
	const presidio = "Presidio, English texts"
	add("text_recall", own.All.Recall(), them.Score.All.Recall(), gateRecall, presidio)
	add("text_precision", own.All.Precision(), them.Score.All.Precision(), gatePrecision, presidio)
	ownChecked, theirChecked := own.Of(checked...), them.Score.Of(checked...)
	add("text_recall_checked", ownChecked.Recall(), theirChecked.Recall(), gateChecked, presidio)
	add("text_recall_with_chinese", all.All.Recall(), 0, gateRecall, "none")
	add("text_precision_with_chinese", all.All.Precision(), 0, gatePrecision, "none")
	r.Add("text_mb_per_s", speed, "MB/s a core", presidio, speed/them.MBPerSecond)
	if err := r.Print(os.Stdout); err != nil {
		return err
	}
	return errors.Join(failed...)
}

func scan(t corpus.Text) ([]corpus.Span, error) {
	spans, err := text.Scan(context.Background(), t.Text, nil)
	if err != nil {
		return nil, err
	}
	out := make([]corpus.Span, len(spans))
	for i, s := range spans {
		out[i] = corpus.Span{Start: s.Start, End: s.End, Kind: string(s.Kind)}
	}
	return out, nil
}

func ours(texts []corpus.Text, miss corpus.Miss) (*corpus.Score, error) {
	s := &corpus.Score{}
	for _, t := range texts {
		found, err := scan(t)
		if err != nil {
			return nil, err
		}
		s.Add(t, found, miss)
	}
	return s, nil
}

// pace scans the texts again and again for three seconds of a core.
func pace(texts []corpus.Text) (float64, error) {
	bytes, start := 0, processor()
	for processor()-start < 3*time.Second {
		for _, t := range texts {
			if _, err := scan(t); err != nil {
				return 0, err
			}
			bytes += len(t.Text)
		}
	}
	return float64(bytes) / 1e6 / (processor() - start).Seconds(), nil
}

// processor is the time that this process has had a core, which other work on the machine does not lengthen.
func processor() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // the arguments are right
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func listMisses(seed uint64, n int, _ string) error {
	s, err := ours(corpus.New(corpus.Seen, seed, n), func(t corpus.Text, span corpus.Span, wrong bool) {
		chars := []rune(t.Text)
		from, to := max(0, span.Start-24), min(len(chars), span.End+16)
		what := "missed"
		if wrong {
			what = "wrong "
		}
		fmt.Printf("%s %-13s %s[%s]%s\n", what, span.Kind, oneLine(chars[from:span.Start]),
			oneLine(chars[span.Start:span.End]),
			oneLine(chars[span.End:to]))
	})
	if err != nil {
		return err
	}
	t := s.Of(checked...)
	fmt.Printf("recall %.4f, precision %.4f, recall of checked identifiers %.4f\n", s.All.Recall(), s.All.Precision(),
		t.Recall())
	return nil
}

func oneLine(chars []rune) string { return strings.ReplaceAll(string(chars), "\n", "⏎") }
