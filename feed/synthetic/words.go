package synthetic

import (
	_ "embed"
	"strconv"
	"strings"
	"time"
)

var (
	//go:embed words/first.txt
	firstText string
	//go:embed words/last.txt
	lastText string
	//go:embed words/streets.txt
	streetText string
	//go:embed words/cities.csv
	cityText string

	firstNames = strings.Fields(firstText)
	lastNames  = strings.Fields(lastText)
	streets    = strings.Fields(streetText)
)

// city is a made-up town near a real place.
type city struct {
	name, region, postcode string
	latitude, longitude    float64
}

// market is where an insurer does business.
type market struct {
	country, currency string
	zone              *time.Location
	cities            []city
}

var markets = []market{
	{"US", "USD", time.FixedZone("", -5*3600), readCities("US")},
	{"GB", "GBP", time.UTC, readCities("GB")},
	{"DE", "EUR", time.FixedZone("", 3600), readCities("DE")},
}

func readCities(country string) (cities []city) {
	for line := range strings.Lines(cityText) {
		f := strings.Split(strings.TrimSpace(line), ",")
		if f[0] != country {
			continue
		}
		latitude, _ := strconv.ParseFloat(f[4], 64) // a test reads every line
		longitude, _ := strconv.ParseFloat(f[5], 64)
		cities = append(cities, city{f[1], f[2], f[3], latitude, longitude})
	}
	return cities
}
