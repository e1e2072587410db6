package text

import "testing"

// Forms in which people write what identifies them. What is in brackets must be covered, and nothing else.
func TestFormsOfAddressesNumbersAndNames(t *testing.T) {
	for _, text := range []string{
		"I once lived at [876 Jesse Drive Suite 012, West Kimberlyview, NU S3R 6T2], then moved.",
		"Meet me at [Flat 28U, Wells Canyon, East Carolyn, W1 5JZ].",
		"Send it to [Level 2 91 Brandt Bend, South Johnburgh, VIC, 2157] please.",
		"Send it to [Otto-Gorlitz-Ring 59/74, 09248 Staffelstein] please.",
		"Send it to [boulevard Philippe Pereira, 67817 Potier] please.",
		"Send it to [PSC 8314, Box 4510, APO AP 11239] please.",
		"Call [(986)416-8362x699] or [001-207-633-1343 ext. 42].",
		"My card [501837558078] is lost.",
		"My card [4111 1111 1111 1112] has a digit mistyped.",
		"I work for [Parker, Jones and O'Neill] now.",
		"[Cruz] and [Collier] were precise.",
		"What's your last name? [Miller]",
		"Her maiden name is [Prince].",
		"The plate [GHZ 681] was seen.",
		"Thanks,\n[Rose]",
		"this is [grace hill], the hail broke a window",
		"His cousin [Ekundayo] drove.",
		"Old: [Stănescu, Onni]. Done.",
		"经与[周娜]核实，车上有[杨强]、[马丽]和司机本人。",
		"Claimant resides at [Springfield, Illinois 62704, 1420 Maple Ridge Court, unit B].",
		"他在朝阳北路被追尾，对方司机很客气，[陈]经理到了现场。",
		"Contents: Sony Bravia TV, PlayStation 5, IKEA sofa, Persian rug.",
		"The dishwasher by Whirlpool failed, wind 40 mph near Dallas on Monday.",
		"Policy form HO 04 61, coverage 350,000, labour 22.5 hrs.",
	} {
		plain, want := "", map[int]bool{}
		inside, at := false, 0
		for _, r := range text {
			switch r {
			case '[', ']':
				inside = r == '['
			default:
				plain += string(r)
				want[at] = inside
				at++
			}
		}
		spans, err := Scan(t.Context(), plain, nil)
		if err != nil {
			t.Fatal(err)
		}
		got := map[int]bool{}
		for _, s := range spans {
			for i := s.Start; i < s.End; i++ {
				got[i] = true
			}
		}
		for i, r := range []rune(plain) {
			if blank := r < '0'; !blank && got[i] != want[i] {
				t.Errorf("%s\ncharacter %d (%c): covered %v, want %v; spans %v", text, i, r, got[i], want[i], spans)
				break
			}
		}
	}
}
