package corpus

import (
	"fmt"
	"strings"
)

// listed are names that any list has; two of three in the corpus are others.
var listed = []string{
	"James Miller", "Maria Garcia", "Wei Zhang", "Susan Clark", "Robert Lee", "Linda Johnson", "Ahmed Hassan",
	"Priya Patel", "Karen Young",
	"Will Parker", "Grace Hill", "Mark Rivers", "April Summers", "Rose King", "Jack Frost", "Hope Stone",
}

func (w *writer) name() string {
	switch w.IntN(9) {
	case 0, 1, 2:
		return w.of(listed...)
	case 3:
		return fmt.Sprintf("%s %c. %s", w.of(w.first...), 'A'+w.IntN(26), w.of(w.last...))
	case 4:
		return w.of(w.first...) + " " + w.of(w.last...) + "-" + w.of(w.last...)
	}
	return w.of(w.first...) + " " + w.of(w.last...)
}

func (w *writer) email() string {
	user := strings.Map(func(r rune) rune {
		if r > 127 {
			return -1
		}
		return r
	}, strings.ToLower(w.of(w.first...)))
	return "x" + user + w.of(".", "_", "") + w.digits(2) + "@" + w.of("example.com", "mail.example.co.uk",
		"insurer.test")
}

func (w *writer) firm() string {
	if w.half == HeldOut {
		return w.of(w.last...) + " " + w.of("& Sons Ltd", "Roofing LLC", "Orthopaedic Clinic", "Body Shop",
			"Mutual Insurance", "Logistics GmbH", "Law Group")
	}
	return w.of("Larkspur", "Blue Heron", "Tri-County", "Peak", "Lakeside") + " " + w.of("Auto Repair Inc",
		"General Hospital", "Insurance Company",
		"Towing", "Family Clinic", "Credit Union", "Construction Co")
}

var streets = [2][]string{
	{"Elm", "Oak Hill", "Washington", "Quillback", "Larkspur", "Van Buren", "Saint Anne", "5th"},
	{"Thornfield", "Pemberley", "Ashgrove", "Wexcombe", "Old Mill", "Martin Luther King", "23rd", "Kestrel"},
}

var cities = [2][]string{
	{"Springfield", "Dallas", "Fresno", "Albany"}, {"Wexcombe", "Tulsa", "Bakersfield", "Port Alder"},
}

func (w *writer) address() string {
	n := fmt.Sprint(1 + w.IntN(9800))
	street := w.of(streets[w.half]...) + " " + w.of("Street", "Ave", "Road", "Lane", "Drive", "Blvd", "St", "Court")
	city, state := w.of(cities[w.half]...), w.of("IL", "TX", "CA", "NY")
	switch w.IntN(9) {
	case 0:
		return n + " " + street
	case 1:
		return fmt.Sprintf("Apt %d, %s %s, %s %s", 1+w.IntN(40), n, street, city, state)
	case 2:
		return fmt.Sprintf("%s %s, %s, %s 6%s", n, street, city, state, w.digits(4))
	case 3:
		return fmt.Sprintf("Flat %d, %d %s, London SW3 4RP", 1+w.IntN(20), 1+w.IntN(200), street)
	case 4:
		return fmt.Sprintf("%s %d, 10%s Berlin", w.of("Hauptstrasse", "Lindenallee", "Rosenweg"), 1+w.IntN(90),
			w.digits(3))
	case 5:
		return fmt.Sprintf("%s, %s, %s %s", city, n+" "+street, state, "6"+w.digits(4))
	case 6:
		return fmt.Sprintf("%d rue %s, 750%02d Paris", 1+w.IntN(80), w.of("de la Paix", "Lafayette", "des Lilas"),
			1+w.IntN(20))
	case 7:
		return fmt.Sprintf("%s %s Unit %d", n, street, 1+w.IntN(60))
	}
	return n + " " + w.of("N", "W", "South") + " " + street + ", " + city
}

func (w *writer) chinese(style string) (kind, value string) {
	base, split, _ := strings.Cut(style, ".")
	switch base {
	case "person":
		w.zh = w.chineseName()
		return "person", w.zh
	case "date":
		return "date", fmt.Sprintf("%d年%d月%d日", 1960+w.IntN(66), 1+w.IntN(12), 1+w.IntN(28))
	case "phone":
		return "phone", w.styled("1"+w.of("38", "59", "86", "77")+w.digits(8), split)
	case "plate":
		return "plate", w.of("京", "沪", "粤", "浙") + w.of("A", "B") + w.of("·", "") + w.digits(5)
	case "policy":
		return "policy_number", w.of("PICC", "AB", "") + w.digits(12)
	case "amount":
		return "", fmt.Sprint(1000 + w.IntN(90000))
	case "resident":
		return "cn_resident_id", w.styled(w.resident(), split)
	case "card":
		return "card", luhnDigit("62", 16+3*w.IntN(2), w, 0)
	case "org":
		return "organisation", w.of([2][]string{
			{"北京协和医院", "平安保险公司", "顺达汽车修理厂", "广州宏远物流有限公司"}, {"苏州市立医院", "鑫源汽车维修中心", "海川运输有限公司", "仁和骨科医院"},
		}[w.half]...)
	case "address":
		return "address", w.of([2][]string{
			{"北京市朝阳区建国路", "上海市浦东新区世纪大道", "广州市天河区体育西路"}, {"苏州市姑苏区平江路", "成都市武侯区人民南路", "杭州市西湖区文三路"},
		}[w.half]...) + fmt.Sprint(1+w.IntN(900)) + "号" + w.of("", "3栋502室", "院7号楼")
	}
	panic("corpus: no placeholder is called zh." + style)
}

func (w *writer) chineseName() string {
	surname := w.of([2][]string{
		{"王", "李", "刘", "陈", "杨", "黄", "周", "徐", "马", "欧阳", "谢", "韩"},
		{"张", "赵", "吴", "孙", "胡", "朱", "林", "何", "司马", "邓",
			"许", "曾"},
	}[w.half]...)
	chars := [2][]string{
		strings.Split("伟芳娜敏静丽强磊洋艳勇军杰涛明超兰霞平刚", ""), strings.Split("建国志华晓燕雪梅嘉怡子轩梓涵浩然思远海波凤英", ""),
	}[w.half]
	if w.IntN(4) == 0 {
		return surname + w.of(chars...)
	}
	return surname + w.of(chars...) + w.of(chars...)
}

func (w *writer) resident() string {
	s := fmt.Sprintf("%d%04d%02d%02d%s", 110101+w.IntN(500000), 1940+w.IntN(65), 1+w.IntN(12), 1+w.IntN(28),
		w.digits(3))
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += int(s[i]-'0') * weight
	}
	return s + string("10X98765432"[sum%11])
}
