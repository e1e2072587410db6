package model

import (
	"errors"
	"fmt"
	"time"
)

// Daily returns how many of the claims fitted on came in a day; 0 where that is not known.
func (d *Data) Daily() float64 {
	from, err1 := time.Parse(time.DateOnly, d.From)
	to, err2 := time.Parse(time.DateOnly, d.To)
	if err1 != nil || err2 != nil || to.Before(from) {
		return 0
	}
	return float64(d.Claims) / (to.Sub(from).Hours()/24 + 1)
}

// CutFor returns the score that the share of the claims fitted on reached.
func (m *Model) CutFor(share float64) (float64, error) {
	q := m.Data.Quantiles
	switch {
	case len(q) != 99:
		return 0, errors.New("the model does not say how its scores are spread: fit it again, or cut by hand")
	case !(share > 0 && share < 1):
		return 0, fmt.Errorf("the team would look at %.3g of each claim: want more than none and less than all", share)
	}
	at := (1-share)*100 - 1 // 0 is the first hundredth
	switch {
	case at <= 0:
		return q[0], nil
	case at >= 98:
		return q[98] + (1-q[98])*(at-98), nil
	}
	i := int(at)
	return q[i] + (q[i+1]-q[i])*(at-float64(i)), nil
}
