package claim

import (
	"math"
	"reflect"
	"time"

	"github.com/quagmt/udecimal"
	"pgregory.net/rapid"
)

// anEvent draws an event in which each field may be absent. It decodes, but need not be valid.
func anEvent(t *rapid.T) *Event {
	e := &Event{}
	fill(t, reflect.ValueOf(e).Elem())
	return e
}

func fill(t *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(aTime(t)))
		return
	case Money:
		v.Set(reflect.ValueOf(aMoney(t)))
		return
	case When:
		v.Set(reflect.ValueOf(aWhen(t)))
		return
	case []byte:
		v.SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "bytes"))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9 ._@-]{0,12}`), rapid.StringN(0, 8, 24)).Draw(t,
			"text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.OneOf(rapid.Int64Range(-3, 100), rapid.Int64()).Draw(t, "int"))
	case reflect.Uint32:
		v.SetUint(uint64(rapid.Uint32Range(0, 3).Draw(t, "uint")))
	case reflect.Float64:
		v.SetFloat(rapid.OneOf(rapid.Float64(), rapid.Float64Range(-4, 4),
			rapid.SampledFrom([]float64{0, 1e21, 1e-7, 1e-9, -1e300, math.Copysign(0, -1)})).Draw(t, "float"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "bool"))
	case reflect.Pointer:
		if rapid.Bool().Draw(t, "set") {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 3).Draw(t, "length"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				fill(t, v.Index(i))
			}
		}
	case reflect.Map:
		for range rapid.IntRange(0, 3).Draw(t, "attributes") {
			if v.IsNil() {
				v.Set(reflect.MakeMap(v.Type()))
			}
			value := reflect.New(v.Type().Elem()).Elem()
			fill(t, value)
			v.SetMapIndex(reflect.ValueOf(rapid.StringMatching(`[a-z][A-Za-z0-9]{0,8}`).Draw(t, "name")), value)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") != "-" && rapid.IntRange(0, 2).Draw(t, "present") > 0 {
				fill(t, v.Field(i))
			}
		}
	default:
		t.Fatalf("no way to draw a %s", v.Type())
	}
}

func aTime(t *rapid.T) time.Time {
	zone := time.FixedZone("", 900*rapid.IntRange(-48, 56).Draw(t, "zone"))
	if rapid.Bool().Draw(t, "utc") {
		zone = time.UTC
	}
	return time.Unix(rapid.Int64Range(-2e9, 4e9).Draw(t, "second"),
		rapid.Int64Range(0, 999).Draw(t, "milli")*1e6).In(zone)
}

func aWhen(t *rapid.T) When {
	at := aTime(t)
	switch p := rapid.SampledFrom([]Precision{Absent, Year, Month, Day, Instant}).Draw(t, "precision"); p {
	case Absent:
		return When{}
	case Instant:
		return At(at)
	default:
		w, err := ParseWhen(At(at).String()[:map[Precision]int{Year: 4, Month: 7, Day: 10}[p]])
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
}

func aMoney(t *rapid.T) Money {
	if rapid.IntRange(0, 3).Draw(t, "no money") == 0 {
		return Money{}
	}
	amount, err := udecimal.NewFromUint64(rapid.Uint64Range(0, 1e12).Draw(t, "coefficient"),
		uint8(rapid.IntRange(0, moneyScale).Draw(t, "scale")))
	if err != nil {
		t.Fatal(err)
	}
	return Money{Amount: amount, Currency: rapid.SampledFrom([]string{"EUR", "USD", "JPY", "KWD"}).Draw(t, "currency")}
}
