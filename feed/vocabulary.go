package feed

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// vocabularies are the words that rules ask for, by pattern of the path. A word of a feed that differs in case, blanks
// or hyphens is that word; any other is kept as it is and counted, since rules cannot know it.
var vocabularies = map[string][]string{
	"line":  {"motor", "health", "property", "life", "travel", "device"},
	"stage": {"notified", "assessed", "approved", "paid", "closed"},
	"loss.cause": {"collision", "theft", "burglary", "robbery", "fire", "hail", "storm", "flood", "water", "lightning",
		"glass", "vandalism", "animal", "illness", "injury",
		"accident", "death", "loss", "damage", "delay", "cancellation"},
	"loss.severity":          {"trivial", "minor", "major", "total"},
	"loss.fault":             {"claimant", "third-party", "shared"},
	"loss.authorities":       {"police", "ambulance", "fire", "other", "none"},
	"loss.place.area":        {"urban", "rural"},
	"outcome":                {"paid", "denied", "withdrawn", "fraud-confirmed"},
	"policy.channel":         {"agent", "broker", "direct"},
	"claimant.sex":           {"female", "male", "other"},
	"parties[].sex":          {"female", "male", "other"},
	"property.tenure":        {"own", "rent"},
	"payments[].method":      {"transfer", "cheque", "cash"},
	"claimant.address.kind":  {"residence", "po-box", "temporary", "business"},
	"parties[].address.kind": {"residence", "po-box", "temporary", "business"},
	"parties[].role": {"agent", "handler", "vendor", "repairer", "provider", "driver", "witness",
		"attorney", "insured", "third-party"},
	"claimant.nationalIds[].type":  {"ssn", "passport", "driving-licence", "national-id", "tax", "health"},
	"parties[].nationalIds[].type": {"ssn", "passport", "driving-licence", "national-id", "tax", "health"},
}

// fold writes a word in small letters with a hyphen for what parts its parts.
func fold(word string) string {
	word = strings.ToLower(width.Fold.String(word))
	return strings.Join(strings.FieldsFunc(word, func(r rune) bool {
		return unicode.IsSpace(r) || r == '-' ||
			r == '_' || r == '‐' || r == '‑'
	}), "-")
}

// vocabularyOf returns the words of a path; nil where any text may stand.
func vocabularyOf(path string) []string {
	return vocabularies[labels.ReplaceAllString(path, "[]")]
}

// word returns the word of a vocabulary that a text is, but for case, blanks and hyphens.
func word(vocabulary []string, text string) (string, bool) {
	if slices.Contains(vocabulary, text) {
		return text, true
	}
	folded := fold(text)
	if slices.Contains(vocabulary, folded) {
		return folded, true
	}
	return text, false
}

// cellTable is the right side of a mapping's values, found as written or else but for case, blanks and hyphens.
type cellTable struct {
	exact, folded map[string]*string
}

func newCellTable(values map[string]*string) *cellTable {
	t := &cellTable{exact: values, folded: make(map[string]*string)}
	twice := make(map[string]bool)
	for cell, to := range values {
		key := fold(cell)
		if _, ok := t.folded[key]; ok {
			twice[key] = true
		}
		t.folded[key] = to
	}
	for key := range twice { // two entries that differ in case alone are meant as they are written
		delete(t.folded, key)
	}
	return t
}

func (t *cellTable) find(text string) (to *string, ok bool) {
	if to, ok = t.exact[text]; ok {
		return to, true
	}
	to, ok = t.folded[fold(text)]
	return to, ok
}

// unknownWords counts words that a vocabulary does not have, by path. It keeps so many of a path: a column of other
// content was mapped there, if there are more.
type unknownWords map[string]map[string]int

const (
	unknownKept = 50
	unknownLong = 40 // characters of a word
)

func (u unknownWords) add(path, text string) {
	words := u[path]
	if words == nil {
		words = make(map[string]int)
		u[path] = words
	}
	if utf8.RuneCountInString(text) > unknownLong {
		text = "(a longer text)"
	}
	if _, ok := words[text]; !ok && len(words) >= unknownKept {
		text = "(other words)"
	}
	words[text]++
}

// translations are words of vocabularies in the languages that drafts read. A draft writes those that it meets into the
// mapping, where a person sees them; an import does not translate by itself.
var translations = map[string]map[string]string{
	"line": {
		"motor":    "auto car automobile vehicle kfz kraftfahrt voiture vehicule coche automovil 车险 汽车 机动车 车",
		"health":   "medical kranken krankenversicherung sante maladie salud 健康 医疗 健康险",
		"property": "home house building household hausrat gebaude wohngebaude habitation maison hogar vivienda inmueble 财产 家财 房屋 财产险",
		"life":     "leben vie vida 人寿 寿险", "travel": "trip reise voyage viaje 旅行 旅游 旅行险",
		"device": "mobile phone electronics handy elektronik telephone movil dispositivo 手机 电子设备",
	},
	"loss.cause": {
		"collision": "crash car-crash accident-collision zusammenstoss kollision collision-vehicule choque colision 碰撞",
		"theft":     "stolen diebstahl vol robo hurto 盗窃 被盗 盗抢", "burglary": "break-in einbruch cambriolage 入室盗窃",
		"fire": "brand feuer incendie incendio fuego 火灾", "hail": "hagel grele granizo 冰雹",
		"storm":     "wind sturm tempete tormenta 风暴 台风 暴风",
		"flood":     "flooding hochwasser uberschwemmung inondation inundacion 洪水 水淹 暴雨",
		"water":     "water-damage leitungswasser degat-des-eaux degats-des-eaux agua 水渍",
		"glass":     "glass-breakage glasbruch bris-de-glace cristales 玻璃 玻璃破碎",
		"vandalism": "vandalismus vandalisme vandalismo 划痕 恶意破坏",
		"illness":   "sickness disease krankheit maladie enfermedad 疾病",
		"animal":    "wild wildunfall 动物", "lightning": "blitz blitzschlag foudre rayo 雷击",
	},
	"loss.severity": {
		"trivial": "trivial-damage bagatelle bagatellschaden",
		"minor":   "minor-damage minor-loss light slight low leicht gering leger mineur leve menor 轻微 轻",
		"major":   "major-damage major-loss severe heavy high serious schwer gross grave majeur mayor 严重 重大 重",
		"total":   "total-loss totalschaden write-off perte-totale epave perdida-total siniestro-total 全损 报废",
	},
	"loss.fault": {"claimant": "policy-holder policyholder insured own eigenverschulden assure asegurado 本方 全责",
		"third-party": "other-party gegner fremdverschulden tiers tercero contrario 对方 无责 三者",
		"shared":      "both mitverschulden partage compartida 同责"},
	"loss.authorities": {"police": "polizei policia gendarmerie 警察 交警",
		"ambulance": "rettungsdienst ambulanz ambulancia 救护车", "fire": "fire-brigade feuerwehr pompiers bomberos 消防",
		"none": "no keine aucune aucun ninguna ninguno 无", "other": "sonstige autre otra otro 其他"},
	"loss.place.area": {"urban": "city stadt ville urbain urbano ciudad 城市",
		"rural": "land country campagne campo 农村"},
	"claimant.sex": {"female": "f w woman weiblich frau femme feminin mujer femenino 女",
		"male": "m man mannlich mann herr homme masculin hombre masculino 男", "other": "x d divers autre otro"},
	"outcome": {
		"paid":            "a approved accepted settled bezahlt reguliert anerkannt paye regle accepte pagado aprobado 已赔付 赔付 已结案",
		"denied":          "d rejected declined refused repudiated abgelehnt refuse rejete denegado rechazado 拒赔",
		"withdrawn":       "w zuruckgezogen retire retirado 撤案 撤销",
		"fraud-confirmed": "fraud confirmed-fraud betrug fraude 欺诈",
	},
	"policy.channel": {"agent": "agency vertreter agente 代理 代理人", "broker": "makler courtier corredor 经纪 经纪人",
		"direct": "online internet web direkt directo 直销 网销"},
	"property.tenure": {"own": "owned owner eigentum proprietaire propia propio 自有",
		"rent": "rented tenant miete locataire alquiler 租赁"},
}

// translated returns the word of a path's vocabulary for a text in one of the languages of drafts.
func translated(path, text string) (string, bool) {
	if w, ok := word(vocabularyOf(path), text); ok {
		return w, true
	}
	own := unaccented(fold(text))
	for w, others := range translations[labels.ReplaceAllString(path, "[]")] {
		if slices.Contains(strings.Fields(others), own) {
			return w, true
		}
	}
	return "", false
}
