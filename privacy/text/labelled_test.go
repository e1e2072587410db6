package text

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// labelled is a sentence of which it is known what is in it.
type labelled struct {
	text  string
	spans []Span
}

// writer makes labelled texts. Its names and streets are not those of the bundled lists alone: every second one is made up.
type writer struct {
	*rand.Rand
	out   strings.Builder
	chars int
	spans []Span
}

func (w *writer) say(s string) {
	w.out.WriteString(s)
	w.chars += len([]rune(s))
}

func (w *writer) mark(kind Kind, s string) {
	start := w.chars
	w.say(s)
	w.spans = append(w.spans, Span{Start: start, End: w.chars, Kind: kind})
}

func (w *writer) of(list ...string) string { return list[w.IntN(len(list))] }

func (w *writer) digits(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('0' + w.IntN(10))
	}
	return string(b)
}

// until draws until the value is valid.
func (w *writer) until(draw func() string, valid func([]byte) bool) string {
	for {
		if s := draw(); valid([]byte(s)) {
			return s
		}
	}
}

var (
	testFirst = strings.Fields("James Maria Robert Linda Wei Aisha Priya Carlos Yuki Elbrus Xanthe Torvald Ngozi Saoirse Zbigniew Anneliese " +
		"Michael Jennifer David Susan Daniel Karen Kevin Brian Nancy Laura")
	testLast = strings.Fields("Smith Johnson Gonzalez Nguyen Patel Kim Okonkwo Brightwater Ashgrove Quillfeather Wojcik Haverstock " +
		"O'Brien Garcia-Lopez Thompson Miller Davis Anderson Ramirez Hughes Ravensworth Delacourt")
	testStreets = strings.Fields("Elm Maple Lincoln Harborview Willowmere Oak Jefferson Thistledown Pine Cedar")
	testCities  = strings.Fields("Springfield Brookhaven Fairmont Larkspur Millbrook Greenville")
	testFirms   = []string{
		"Acme Roofing LLC", "Lakeside Auto Repair Inc", "Mercy General Hospital", "Blue Heron Insurance Company", "Tri-County Towing",
		"Bank of Larkspur", "Hudson Family Clinic", "Peak Motors",
	}
	testChinese = strings.Fields("王小明 李娜 张伟 刘洋 陈静怡 杨帆 赵志强 周敏 吴建国 欧阳晓峰 徐海燕 孙丽 马超 郭文博")
)

func (w *writer) person() string {
	name := w.of(testFirst...) + " "
	if w.IntN(5) == 0 {
		name += string(rune('A'+w.IntN(26))) + ". "
	}
	return name + w.of(testLast...)
}

func spaced(s string, widths ...int) string {
	var parts []string
	for _, n := range widths {
		parts, s = append(parts, s[:n]), s[n:]
	}
	return strings.Join(append(parts, s), " ")
}

var digitNames = [...]string{"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}

func (w *writer) card() string {
	s := w.until(func() string { return w.of("4", "51", "53", "2223", "6011") + w.digits(15) }, func(b []byte) bool { return luhn(b[:16], 0) })[:16]
	switch w.IntN(5) {
	case 0:
		return spaced(s, 4, 4, 4)
	case 1:
		return strings.ReplaceAll(spaced(s, 4, 4, 4), " ", "-")
	case 2:
		return strings.Join(strings.Split(s, ""), " ")
	case 3:
		var words []string
		for _, c := range s {
			words = append(words, digitNames[c-'0'])
		}
		return strings.Join(words, " ")
	}
	return s
}

func (w *writer) iban() string {
	s := w.until(func() string { return "DE" + w.digits(20) }, iban)
	if w.IntN(2) == 0 {
		return spaced(s, 4, 4, 4, 4, 4)
	}
	return s
}

func (w *writer) ssn() string {
	s := w.until(func() string { return w.digits(9) }, ssn)
	return s[:3] + "-" + s[3:5] + "-" + s[5:]
}

func (w *writer) resident() string {
	return w.until(func() string {
		return fmt.Sprintf("%d%04d%02d%02d%s%s", 110000+w.IntN(500000), 1930+w.IntN(80), 1+w.IntN(12), 1+w.IntN(28), w.digits(3),
			w.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "X"))
	}, residentID)
}

func (w *writer) vin() string {
	const letters = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
	return w.until(func() string {
		b := make([]byte, 17)
		for i := range b {
			b[i] = letters[w.IntN(len(letters))]
		}
		return string(b)
	}, vin)
}

func (w *writer) phone() string {
	a, b, c := fmt.Sprint(201+w.IntN(700)), fmt.Sprint(200+w.IntN(700)), w.digits(4)
	return w.of("("+a+") "+b+"-"+c, a+"-"+b+"-"+c, a+"."+b+"."+c, "+1 "+a+" "+b+" "+c, "+44 20 79"+w.digits(2)+" "+w.digits(4), "+49 30 90"+w.digits(6))
}

func (w *writer) date() string {
	y, m, d := 1950+w.IntN(76), 1+w.IntN(12), 1+w.IntN(28)
	month := w.of("January", "March", "May", "August", "December", "Oct", "Feb")
	return w.of(fmt.Sprintf("%d-%02d-%02d", y, m, d), fmt.Sprintf("%02d/%02d/%d", m, d, y), fmt.Sprintf("%s %d, %d", month, d, y), fmt.Sprintf("%d %s %d", d, month, y))
}

func (w *writer) address() string {
	s := fmt.Sprintf("%d %s %s", 1+w.IntN(9800), w.of(testStreets...), w.of("Street", "Ave", "Road", "Lane", "Drive", "Blvd"))
	if w.IntN(2) == 0 {
		s += fmt.Sprintf(", %s, %s %s", w.of(testCities...), w.of("IL", "TX", "CA", "NY"), "6"+w.digits(4))
	}
	return s
}

func (w *writer) chineseAddress() string {
	return w.of("北京市朝阳区建国路", "上海市浦东新区世纪大道", "广州市天河区体育西路", "杭州市西湖区文三路") + fmt.Sprint(1+w.IntN(900)) + "号" + w.of("", "3栋502室")
}

// filler is what narratives are full of: numbers and capitals that identify nobody.
func (w *writer) filler() {
	w.say(w.of(
		"The roads were wet and visibility was poor. ", "Damage to the bumper is about $2,350.00. ", "Both airbags deployed at 45 mph. ",
		"Water came through the roof and ruined the carpet in two rooms. ", "The Toyota was stopped at the light. ",
		"We are waiting for the second estimate, which should be ready on Monday. ", "The odometer showed 48,211 miles. ",
		"Please see the 3 attached photos. ", "Nobody was hurt. ", "May we close this? ", "At 14:35 the tow truck arrived. ",
	))
}

// sentence appends one sentence with something in it.
func (w *writer) sentence() {
	switch w.IntN(17) {
	case 0:
		w.say(w.of("The insured, ", "Our driver, ", "I spoke with ", "According to ", "Yesterday "))
		w.mark(Person, w.person())
		w.say(w.of(", reported the loss. ", " called the office. ", " was not at fault. "))
	case 1:
		w.say(w.of("Mr. ", "Mrs. ", "Dr. ", "Officer "))
		w.mark(Person, w.of(testLast...))
		w.say(" wrote the report. ")
	case 2:
		w.say(w.of("Payment was made with card ", "Her Visa is ", "Charged to "))
		w.mark(Card, w.card())
		w.say(". ")
	case 3:
		w.say(w.of("Send the money to IBAN ", "Paid out to "))
		w.mark(IBAN, w.iban())
		w.say(". ")
	case 4:
		w.say(w.of("SSN ", "His social security number is "))
		w.mark(SSN, w.ssn())
		w.say(". ")
	case 5:
		w.say("The provider's NPI is ")
		w.mark(NPI, w.until(func() string { return w.of("1", "2") + w.digits(9) }, npi))
		w.say(". ")
	case 6:
		w.say(w.of("The vehicle, VIN ", "A sedan with vin number "))
		w.mark(VIN, w.vin())
		w.say(", was towed. ")
	case 7:
		w.say(w.of("Routing number ", "ABA "))
		w.mark(Routing, w.until(func() string { return w.digits(9) }, routing))
		w.say(" was given. ")
	case 8:
		w.say(w.of("Reach her at ", "Phone: ", "He can be called on "))
		w.mark(Phone, w.phone())
		w.say(" after five. ")
	case 9:
		w.say("Write to ")
		w.mark(Email, strings.ToLower(w.of(testFirst...))+w.of(".", "_", "")+w.digits(2)+"@"+w.of("example.com", "mail.example.co.uk", "insurer.test"))
		w.say(". ")
	case 10:
		w.say("The upload came from ")
		w.mark(IP, fmt.Sprintf("%d.%d.%d.%d", 1+w.IntN(220), w.IntN(256), w.IntN(256), w.IntN(256)))
		w.say(". ")
	case 11:
		w.say(w.of("License plate ", "The car's plate was "))
		w.mark(Plate, w.of("7ABC", "KLM", "B2X")+w.digits(3))
		w.say(". ")
	case 12:
		w.say(w.of("Policy number ", "Under policy "))
		w.mark(Policy, w.of("HO-2024-"+w.digits(6), "AU"+w.digits(8), w.digits(10)))
		w.say(" is in force. ")
	case 13:
		w.say(w.of("She lives at ", "It happened near ", "The house at "))
		w.mark(Address, w.address())
		w.say(". ")
	case 14:
		w.say(w.of("He works for ", "The invoice of ", "They went to "))
		w.mark(Organisation, w.of(testFirms...))
		w.say(" and it was paid. ")
	case 15:
		w.say(w.of("It happened on ", "Born on "))
		w.mark(Date, w.date())
		w.say(". ")
	case 16:
		w.chineseSentence()
	}
}

func (w *writer) chineseSentence() {
	switch w.IntN(6) {
	case 0:
		w.say(w.of("被保险人", "报案人", "驾驶员", "姓名："))
		w.mark(Person, w.of(testChinese...))
		w.say("，身份证号")
		w.mark(ResidentID, w.resident())
		w.say("。")
	case 1:
		w.mark(Person, w.of(testChinese...))
		w.say("先生的手机是")
		w.mark(Phone, "1"+w.of("38", "59", "86")+w.digits(8))
		w.say("。")
	case 2:
		w.say("他住在")
		w.mark(Address, w.chineseAddress())
		w.say("，车牌")
		w.mark(Plate, w.of("京", "沪", "粤")+w.of("A", "B")+w.digits(5))
		w.say("。")
	case 3:
		w.say("保单号")
		w.mark(Policy, "PICC"+w.digits(10))
		w.say("，出险日期")
		w.mark(Date, fmt.Sprintf("%d年%d月%d日", 2000+w.IntN(26), 1+w.IntN(12), 1+w.IntN(28)))
		w.say("。")
	case 4:
		w.say("车辆送到")
		w.mark(Organisation, w.of("北京协和医院", "平安保险公司", "顺达汽车修理厂", "广州宏远物流有限公司"))
		w.say("，没有人受伤。")
	case 5:
		w.say("银行卡号")
		w.mark(Card, w.until(func() string { return "62" + w.digits(14) }, card))
		w.say("。")
	}
}

// text returns a narrative of n sentences.
func labelledText(seed uint64, n int) labelled {
	w := &writer{Rand: rand.New(rand.NewPCG(seed, 22))}
	for range n {
		if w.IntN(2) == 0 {
			w.filler()
		}
		w.sentence()
	}
	return labelled{w.out.String(), w.spans}
}
