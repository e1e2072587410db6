package text

import "strings"

// labels are the words that say what the code or number after them is.
func englishLabels() map[string]Kind {
	out := map[string]Kind{}
	for kind, words := range map[Kind]string{
		Card:     "card visa mastercard amex discover unionpay pan",
		SSN:      "ssn social",
		NPI:      "npi",
		Routing:  "routing aba rtn",
		VIN:      "vin chassis",
		IMEI:     "imei",
		IBAN:     "iban",
		Phone:    "phone tel telephone mobile cell cellphone call called calling fax dial text texted whatsapp ph",
		Plate:    "plate plates registration tag reg registered",
		Policy:   "policy policies pol coverage certificate",
		Claim:    "claim claims fnol reference ref case incident file report",
		Account:  "account acct a/c wallet iban",
		Document: "passport licence license dl member membership mrn subscriber patient badge employee id identification taxpayer ein nin",
	} {
		for w := range strings.FieldsSeq(words) {
			out[w] = kind
		}
	}
	return out
}

// chineseLabels are looked for in the last characters before a number; the nearest counts.
var chineseLabels = []struct {
	words string
	kind  Kind
}{
	{"信用卡", Card}, {"卡号", Card}, {"银行卡", Card}, {"身份证", ResidentID}, {"电话", Phone}, {"手机", Phone}, {"致电", Phone},
	{"车架号", VIN}, {"车架", VIN}, {"车牌", Plate}, {"保单", Policy}, {"赔案", Claim}, {"案件", Claim}, {"报案号", Claim},
	{"理赔号", Claim},
	{"账号", Account}, {"账户", Account}, {"护照", Document}, {"驾照", Document}, {"驾驶证", Document}, {"病历号", Document},
}

// labelWords is how many words before a number are asked what it is, and labelBytes how far.
const (
	labelWords = 5
	labelBytes = 64
)

// label returns what the words before word i say that it is, the nearest first, and "" if they say nothing.
func (sc *scan) label(i int) Kind {
	at := sc.toks[i].from
	for j := i - 1; j >= 0 && j >= i-labelWords; j-- {
		t := sc.toks[j]
		gap := sc.s[t.to:sc.toks[j+1].from]
		if at-t.to > labelBytes || strings.ContainsAny(gap, "\n;!?。；|") {
			return ""
		}
		switch t.class {
		case number:
			return ""
		case han:
			return sc.hanLabel(t)
		}
		w := sc.word(j)
		if strings.Contains(gap, ". ") && !abbreviated(w) {
			return ""
		}
		if t.m&labelled != 0 {
			if kind, ok := sc.lists.label[w]; ok {
				return kind
			}
		}
	}
	return ""
}

func abbreviated(w string) bool {
	switch w {
	case "no", "nr", "num", "acct", "tel", "reg", "lic", "ph", "pol", "ref":
		return true
	}
	return false
}

func (sc *scan) hanLabel(t token) Kind {
	tail := sc.s[max(t.from, t.to-30):t.to] // ten characters
	best, kind := -1, Kind("")
	for _, l := range chineseLabels {
		if at := strings.LastIndex(tail, l.words); at > best {
			best, kind = at, l.kind
		}
	}
	return kind
}
