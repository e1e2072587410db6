package text

import (
	"context"
	"strings"
	"unicode/utf8"
)

// chineseRoles are words after which a person is named, and chineseAfter words that follow one.
var (
	chineseRoles = []string{
		"姓名", "投保人", "被保险人", "受益人", "司机", "驾驶员", "驾驶人", "患者", "联系人", "报案人", "当事人", "车主", "名叫", "我叫", "户主",
		"代理人", "客户", "证人", "目击者", "医生", "经理", "理赔员", "查勘员", "伤者", "死者", "妻子", "丈夫", "儿子", "女儿", "母亲", "父亲",
		"朋友", "同事", "邻居", "乘客", "行人", "索赔人", "申请人", "负责人", "业务员", "收款人", "对方", "户名", "本人",
	}
	chineseAfter = []string{"先生", "女士", "小姐", "太太", "医生", "警官", "律师", "经理", "驾驶", "称", "表示", "报案", "身份证", "电话", "手机",
		"联系", "核实", "沟通", "确认", "协商"}
)

// notGiven are characters that follow a name of two characters and begin another word.
const notGiven = "机说称在于的与和是驾开到因已将被向从报女先医住来去把对有为身电手联及等，。、的名了"

// chinese finds persons, addresses and organisations in Chinese.
func (sc *scan) chinese(ctx context.Context) error {
	return sc.each(ctx, func(i int) int {
		if sc.toks[i].class != han {
			return 1
		}
		sc.chinesePeople(sc.toks[i])
		sc.chinesePlaces(i)
		return 1
	})
}

func (sc *scan) chinesePeople(t token) {
	for at := t.from; at < t.to; {
		_, size := utf8.DecodeRuneInString(sc.s[at:t.to])
		n, c := 0, sc.lists.character(sc.s, at) // bytes of the surname
		if c&surnameFirst != 0 && at+6 <= t.to && sc.lists.han[sc.s[at:at+6]] {
			n = 6
		} else if c&surnameAlone != 0 {
			n = 3
		}
		if n == 0 || at+n+3 > t.to {
			if n > 0 && at+n == t.to {
				n = 0
			}
			at += size
			continue
		}
		if end, score := sc.chineseName(at, n, t); end > 0 {
			sc.add(at, end, Person, score)
			at = end
			continue
		}
		at += size
	}
}

// chineseName returns where the name ends whose surname of n bytes begins at a byte; 0 if nothing around it says that
// it is one.
func (sc *scan) chineseName(at, n int, t token) (int, float64) {
	before := strings.TrimRight(sc.s[max(0, at-24):at], ":： ")
	for _, filler := range [...]string{"是", "为", "叫", "人"} {
		if cut, ok := strings.CutSuffix(before, filler); ok && filler != "人" {
			before = strings.TrimRight(cut, ":： ")
			break
		}
	}
	role := false
	for _, w := range chineseRoles {
		if strings.HasSuffix(before, w) {
			role = true
			break
		}
	}
	one, two := at+n+3, at+n+6
	if strings.HasPrefix(sc.s[at+n:], "先生") || strings.HasPrefix(sc.s[at+n:], "女士") || strings.HasPrefix(sc.s[at+n:],
		"某") {
		return at + n, 0.6 // 王先生
	}
	if n == 6 || sc.lists.character(sc.s, at)&surnameFrequent != 0 {
		for _, w := range [...]string{"经理", "医生", "律师", "警官", "师傅", "老师", "小姐", "太太", "主任", "科长", "总"} {
			if strings.HasPrefix(sc.s[at+n:], w) && (at == t.from || strings.Contains(beforeName+"的位名",
				string(sc.runeBefore(at)))) {
				return at + n, 0.5 // 陈经理
			}
		}
	}
	first := func(from, to int) bool { return to <= t.to && !strings.Contains(notGiven, sc.s[from:to]) }
	switch {
	case first(one, two) && first(at+n, one) && chineseVerb(sc.s[two:]):
		return two, 0.8
	case first(at+n, one) && chineseVerb(sc.s[one:]):
		return one, 0.7
	case role && first(one, two) && first(at+n, one):
		return two, 0.85
	case role && first(at+n, one):
		return one, 0.8
	}
	return sc.chineseAlone(at, n, t)
}

func chineseVerb(rest string) bool {
	for _, w := range chineseAfter {
		if strings.HasPrefix(rest, w) {
			return true
		}
	}
	return false
}

// frequent are the surnames of nine in ten people; the others are too often words.
const frequent = "王李张刘陈杨赵黄周吴徐孙胡朱林何郭罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭" +
	"廖邹熊陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易乔贺赖龚文马高庞樊施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢岳齐梅莫庄辛管祝左涂谷祁耿" +
	"牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘单包司柏宁柯阮桂闵解强柴华车冉房边净阴闫肖付"

// Characters before which and after which a name may stand.
const (
	beforeName = "有人员者主东板师友由与和跟同让给找向被经是叫为及或请对将把替问帮：、，。；（ "
	afterName  = notGiven + "两三等共均也又并就才未没不无承认要请需住乘骑签写出当借使用所账户银提交办受本现左右头腿当晚；：）（了"
)

// chineseAlone finds a name that nothing names: a frequent surname, characters of first names, and a place for a name.
func (sc *scan) chineseAlone(at, n int, t token) (int, float64) {
	if n == 3 && sc.lists.character(sc.s, at)&surnameFrequent == 0 {
		return 0, 0
	}
	before := at == t.from || sc.lists.character(sc.s, at-3)&standsBefore != 0
	after := func(end int) bool { return end == t.to || sc.lists.character(sc.s, end)&standsAfter != 0 }
	one, two := at+n+3, at+n+6
	for _, end := range [...]int{one, two} {
		if end < t.to && strings.Contains("路街道区市县镇村楼省乡", sc.s[end:end+3]) {
			return 0, 0 // 朝阳北路
		}
	}
	given := func(at int) bool { return sc.lists.character(sc.s, at)&ofFirstName != 0 }
	switch {
	case two <= t.to && given(at+n) && given(one) && sc.lists.character(sc.s, one)&endsName == 0 &&
		(before || after(two)):
		return two, 0.6
	case one <= t.to && given(at+n) && before && after(one):
		return one, 0.5
	}
	return 0, 0
}

// chineseOrganisations are the ends of names of firms.
var chineseOrganisations = []string{
	"有限责任公司", "股份有限公司", "有限公司", "分公司", "保险公司", "公司", "医院", "银行", "修理厂", "维修厂", "事务所", "大学", "诊所", "集团", "4S店",
}

// chineseBefore are the words after which an address or a firm begins.
const chineseBefore = "在于到从至是为去往由与和向被的，了过住址赴经给叫"

// start returns the byte in a run of Chinese characters at which the name begins that goes on to a byte.
func (sc *scan) start(t token, to, characters int) int {
	from := to
	for n := 0; n < characters && from > t.from; n++ {
		_, size := utf8.DecodeLastRuneInString(sc.s[t.from:from])
		if strings.Contains(chineseBefore, sc.s[from-size:from]) && !strings.HasSuffix(sc.s[t.from:from], "协和") {
			break
		}
		from -= size
	}
	return from
}

func (sc *scan) chinesePlaces(i int) {
	t := sc.toks[i]
	text := sc.s[t.from:t.to]
	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])
		rest := text[at:]
		if end := firmEnd(rest); end > 0 {
			from := sc.start(t, t.from+at, 16)
			if t.from+at-from >= 6 {
				sc.add(from, t.from+at+end, Organisation, 0.75)
			}
			at += end
			continue
		}
		switch rest[:size] {
		case "路", "街", "道", "巷", "弄":
			end, numbered := sc.house(i, t.from+at+size)
			from := sc.start(t, t.from+at, 20)
			if t.from+at-from >= 6 && (numbered || strings.ContainsAny(sc.s[from:t.from+at], "省市区县镇")) {
				score := 0.6
				if numbered {
					score = 0.9
				}
				sc.add(from, end, Address, score)
			}
		}
		at += size
	}
}

func firmEnd(rest string) int {
	for _, w := range chineseOrganisations {
		if strings.HasPrefix(rest, w) {
			return len(w)
		}
	}
	return 0
}

// house returns where the house's number, block, floor and room end after the street that ends at a byte of word i.
func (sc *scan) house(i, to int) (end int, numbered bool) {
	end = to
	for j := i + 1; j+1 < len(sc.toks) && j < i+10 && sc.is(j, number) && sc.toks[j].from == end && sc.is(j+1, han) &&
		sc.gap(j) == ""; j += 2 {
		unit, after := sc.toks[j+1], 0
		for _, w := range [...]string{"号楼", "号院", "单元", "号", "弄", "栋", "幢", "座", "室", "楼", "层", "房"} {
			if strings.HasPrefix(sc.s[unit.from:unit.to], w) {
				after = len(w)
				break
			}
		}
		if after == 0 {
			break
		}
		end, numbered = unit.from+after, true
	}
	return end, numbered
}

// chineseDate finds 2024年3月5日, whose 年 begins word i.
func (sc *scan) chineseDate(i int) {
	if !sc.is(i-1, number) || sc.gap(i-1) != "" || !strings.HasPrefix(sc.s[sc.toks[i].from:], "年") &&
		!strings.HasPrefix(sc.s[sc.toks[i].from:], "月") {
		return
	}
	from, to := sc.toks[i-1].from, sc.toks[i].from+3
	if sc.toks[i-1].to-from > 4 || sc.s[sc.toks[i].from:to] == "年" && sc.toks[i-1].to-from < 4 {
		return
	}
	units := 1
	for j := i + 1; j+1 < len(sc.toks) && j <= i+3 && sc.is(j, number) && sc.toks[j].from == to && sc.is(j+1, han) &&
		sc.gap(j) == ""; j += 2 {
		unit := sc.s[sc.toks[j+1].from : sc.toks[j+1].from+3]
		if unit != "月" && unit != "日" && unit != "号" {
			break
		}
		to = sc.toks[j+1].from + 3
		units++
	}
	if units > 1 {
		sc.add(from, to, Date, 0.9)
	}
}
