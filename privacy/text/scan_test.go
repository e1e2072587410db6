package text

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// marked returns s with its spans in brackets, so that a case reads as what it finds.
func marked(t *testing.T, s string, known ...Known) string {
	t.Helper()
	spans, err := Scan(t.Context(), s, known)
	if err != nil {
		t.Fatal(err)
	}
	chars := []rune(s)
	return Replace(s, spans, func(f Span) string {
		return "[" + string(f.Kind) + " " + string(chars[f.Start:f.End]) +
			"]"
	})
}

func TestScanFinds(t *testing.T) {
	for _, want := range []string{
		"Paid with [card 4111 1111 1111 1111] yesterday.",
		"Paid with [card 4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1].",
		"amex [card 3782-822463-10005]",
		"The card is [card four one one one one one one one one one one one one one one one].",
		"IBAN [iban DE89 3704 0044 0532 0130 00] please",
		"send to [iban GB82WEST12345698765432].",
		"his SSN is [us_ssn 219-09-9999]",
		"ssn [us_ssn 219099999]",
		"身份证号[cn_resident_id 11010519491231002X]。",
		"id [cn_resident_id 440524188001010014] given",
		"NPI [npi 1234567893]",
		"VIN [vin 1HGCM82633A004352] was towed",
		"vin [vin 1HG CM826 33A 004352]",
		"routing number [aba_routing 021000021], account [account 000123456789]",
		"IMEI [imei 490154203237518]",
		"Call [phone (212) 555-0187] or [phone +44 20 7946 0958] now",
		"手机[phone 13800138000]",
		"phone [phone two one two five five five zero one eight seven]",
		"手机[phone 一三八零零一三八零零零]",
		"mail [email jane.doe+x@example.co.uk], from [ip 192.168.10.4] and [ip 2001:db8::1]",
		"plate [plate 7ABC123] and [plate AB12 CDE]",
		"车牌[plate 京A12345]，[plate 粤B·D12345]",
		"Policy No. [policy_number HO-2024-118273] and claim [claim_number CLM-99120]",
		"Mr. [person Brightwater] met [person Maria Gonzalez] and [person Gonzalez] left.",
		"The claimant, [person Elbrus Ashgrove], said so.",
		"[person O'Brien, Patrick] signed",
		"lives at [address 12 Elm Street, Apt 4, Springfield, IL 62704] since [date March 5th, 2024]",
		"on [date 2024-03-05] and [date 5 March 2024] and [date 03/05/2024]",
		"He works for [organisation Acme Roofing LLC] and [organisation Bank of America].",
		"被保险人[person 王小明]驾驶[plate 京A12345]在[address 上海市浦东新区世纪大道100号3栋502室]发生事故",
		"[date 2024年3月5日]，[person 李娜]女士到[organisation 北京协和医院]就诊",
		"账号：[iban DE89370400440532013000]，电话：[phone 010-65292192]",
		"全角 [card ４１１１１１１１１１１１１１１１]",
	} {
		plain := want
		for _, kind := range []Kind{
			Card, IBAN, SSN, ResidentID, NPI, VIN, Routing, IMEI, Phone, Email, IP, Plate, Policy, Claim, Account,
			Document,
			Person,
			Address, Organisation, Date,
		} {
			plain = strings.ReplaceAll(plain, "["+string(kind)+" ", "[")
		}
		plain = strings.NewReplacer("[", "", "]", "").Replace(plain)
		if got := marked(t, plain); got != want {
			t.Errorf("%s\n got %s", want, got)
		}
	}
}

func TestScanLeavesAlone(t *testing.T) {
	for _, s := range []string{
		"",
		"The insured hit a tree while turning left; damage was $4,111.11 and 3 doors.",
		"May I ask when the repairs will be done? Will call again.",
		"Paid $1250.00 for 2 tires and 45,000 miles on the clock.",
		"The sum 4111 1111 1111 1112 does not pass.",
		"At 10:45 the light was red, at 10:46:12 it was green.",
		"On Monday the water rose 12 inches in the kitchen.",
		"车辆在雨天打滑，撞上护栏，没有人受伤。",
		"One of the two cars, a Toyota Camry, was blue.",
	} {
		if got := marked(t, s); got != s {
			t.Errorf("%s\n got %s", s, got)
		}
	}
}

func TestScanFindsKnownValues(t *testing.T) {
	known := []Known{
		{Person, "Xanthe Quillfeather"}, {Policy, "ZK 77-1204-B"}, {Address, "9 Nowhere"}, {Person, "欧阳晓峰"},
	}
	for _, want := range []string{
		"then [person Xanthe Quillfeather] left",
		"then [person xanthe quilfeather] left",
		"then [person Quillfaether] left",
		"then [person QUILLFEATHERS] left",
		"then [person Quillfeather, Xanthe] left",
		"under [policy_number zk771204b] and [policy_number ZK 77 1205 B]",
		"at [address 9 Nowhere]",
		"昨天[person 欧阳晓峰]和[person 欧阳小峰]到了",
	} {
		s := want
		for _, kind := range []Kind{Person, Policy, Address} {
			s = strings.ReplaceAll(s, "["+string(kind)+" ", "")
		}
		s = strings.ReplaceAll(s, "]", "")
		if got := marked(t, s, known...); got != want {
			t.Errorf("%s\n got %s", want, got)
		}
	}
}

func TestAScanThatCannotFinishFindsNothing(t *testing.T) {
	if spans, err := Scan(t.Context(), strings.Repeat("x", MaxBytes+1), nil); !errors.Is(err, ErrTooLarge) ||
		spans != nil {
		t.Errorf("a text that is too large: %v, %v", spans, err)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Unix(0, 0))
	defer cancel()
	if spans, err := Scan(ctx, "SSN 219-09-9999", nil); !errors.Is(err, context.DeadlineExceeded) || spans != nil {
		t.Errorf("a scan whose time is over: %v, %v", spans, err)
	}
	known := make([]Known, MaxKnown+1)
	if _, err := Scan(t.Context(), "x", known); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too many known values: %v", err)
	}
}

func TestErrorsHoldNothingOfTheText(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Scan(ctx, "Xanthe", []Known{{Person, "Xanthe"}})
	if err == nil || strings.Contains(err.Error(), "Xanthe") {
		t.Error(err)
	}
}

func TestSpansCountCharacters(t *testing.T) {
	spans, err := Scan(t.Context(), "电话：13800138000", nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Span{{3, 14, Phone, 0.95}}, spans); diff != "" {
		t.Error(diff)
	}
}

func TestReplaceLeavesOutWhatIsOutside(t *testing.T) {
	spans := []Span{{1, 2, Card, 1}, {0, 1, Card, 1}, {3, 3, Card, 1}, {3, 90, Card, 1}, {91, 92, Card, 1}}
	if got := Replace("a世bcd", spans, func(Span) string { return "#" }); got != "a#b#" {
		t.Error(got)
	}
}

func FuzzScan(f *testing.F) {
	f.Add("Mr. Smith, 12 Elm Street, card 4111 1111 1111 1111, +44 20 7946 0958", "Smith")
	f.Add("被保险人王小明，身份证11010519491231002X，京A12345 a@b.co ::1", "王小明")
	f.Add("\xff\xc3(4 1 1 D E 8 9 ４１ o'ne zero ıİ P.O. Box 1 \u200b", "\xff")
	f.Fuzz(func(t *testing.T, s, known string) {
		spans, err := Scan(t.Context(), s, []Known{{Person, known}, {Policy, known}})
		if err != nil {
			return
		}
		end, n := 0, len([]rune(s))
		for _, span := range spans {
			if span.Start < end || span.End <= span.Start || span.End > n || span.Kind == "" && known == "" ||
				span.Score <= 0 || span.Score > 1 {
				t.Fatalf("%+v of %d characters after %d", span, n, end)
			}
			end = span.End
		}
		calls := 0
		Replace(s, spans, func(Span) string { calls++; return "" })
		if calls != len(spans) {
			t.Fatalf("%d of %d spans were replaced", calls, len(spans))
		}
	})
}
