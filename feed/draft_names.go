package feed

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// guess is a path that a column may be for, by its name and by what its cells are.
type guess struct {
	path, class string
	role        string         // of the party that the path is below; empty: the claimant, or nobody
	name        *regexp.Regexp // of the column's words
	kinds       string         // of content, by spaces; empty: any but long text
}

func (g *guess) fits(c *column) bool {
	if g.kinds == "" && c.kind.name == "long" || g.kinds != "" &&
		!strings.Contains(" "+g.kinds+" ", " "+c.kind.name+" ") {
		return false
	}
	return g.name.MatchString(c.words)
}

// named compiles the names of a column: words in English, German, French and Spanish without accents, and what stands
// anywhere, as Chinese words and parts of German ones do.
func named(wordsOf, anywhere string) *regexp.Regexp {
	return compileNames(" ("+wordsOf+") ", wordsOf, anywhere)
}

// called is named for words that are the whole name.
func called(wordsOf, anywhere string) *regexp.Regexp {
	return compileNames("^ ("+wordsOf+") $", wordsOf, anywhere)
}

func compileNames(form, wordsOf, anywhere string) *regexp.Regexp {
	var parts []string
	if wordsOf != "" {
		parts = append(parts, form)
	}
	if anywhere != "" {
		parts = append(parts, "("+anywhere+")")
	}
	return regexp.MustCompile(strings.Join(parts, "|"))
}

const (
	number   = `(id|no|nr|n|num|number|numero|nummer|code|codigo|key|ref|reference|referencia)`
	incident = `(loss|incident|accident|occurrence|event|schaden|unfall|ereignis|sinistre|accidente|siniestro)`
	customer = `(customer|client|claimant|insured|member|policyholder|insuree|kunde|kunden|versicherter|versicherungsnehmer|vn|assure|asegurado|cliente|tomador|titular)`
)

// claimNames number the claims.
var claimNames = named(`(claim|claims|transaction|txn|case|schaden|sinistre|siniestro|expediente|dossier)( de| du| del)? `+number+`|`+number+`( de| du| del)? (claim|sinistre|siniestro|expediente|dossier)`,
	`^ (claim|sinistre|siniestro) $|schaden ?(nummer|nr)|schadennummer|aktenzeichen|报案号|赔案号|案件号|理赔号|立案号`)

// guesses are tried in turn; a path is given once.
var guesses = []guess{
	{"policy.inception", "open", "",
		named(`(policy|cover|contract|pol|vertrag) .*(eff|effective|inception|start|begin|beginn|from|bind)( date| dt)?|date (d )?effet|debut (du )?contrat|inicio( de)? (poliza|vigencia|contrato)`,
			`versicherungsbeginn|vertragsbeginn|起保|生效日|保险起期`), "time"},
	{"policy.expiry", "open", "",
		named(`(policy|cover|contract|pol|vertrag) .*(expiry|expiration|exp|end|ende|until|to)( date| dt)?|echeance|fin (du )?contrat|vencimiento|fin( de)? (poliza|vigencia)`,
			`vertragsende|versicherungsende|终保|保险止期|到期日`), "time"},
	{"loss.reported", "open", "",
		named(`report|reported|reporting|notified|notification|fnol|gemeldet|date (de )?declaration|fecha (de )?(aviso|reporte|notificacion|denuncia)`, `meldedatum|meldetag|schadenmeldung|报案(时间|日期)`), "time"},
	{"loss.time", "open", "",
		named(incident+`( date| dt| time| day| at| tag| datum)?|dol|date (du |de )?(sinistre|survenance|accident)|fecha (del? )?(siniestro|accidente|ocurrencia)`,
			`schaden ?(datum|tag|zeit)|unfall ?(datum|tag)|ereignis ?(datum|tag)|出险(时间|日期)|事故(时间|日期)`), "time"},
	{"recorded", "open", "",
		named(`txn|transaction|record|recorded|created|entry|posted|booking|erfasst|angelegt|date (de )?(saisie|creation|enregistrement)|fecha (de )?(registro|creacion|alta)`,
			`erfassungsdatum|buchungsdatum|录入|创建(时间|日期)|登记(时间|日期)`), "time"},
	{"claimant.birthDate", "quasi", "", named(`birth|dob|birthdate|birthday|born|naissance|nacimiento`, `geburt|出生|生日`),
		"time"},
	{"policy.number", "identifier", "", named(`(policy|pol|contract|vertrag|police|contrat|poliza|contrato)( de| du)? `+
		number+`|`+number+`( de| du| la)* (police|contrat|poliza|contrato)|poliza`,
		`vertrags ?(nummer|nr)|policen ?(nummer|nr)|versicherungsschein|保单号|保单编号`), ""},
	{"parties[agent].id", "identifier", "agent",
		named(`(agent|broker|producer|intermediary|vermittler|agentur|courtier|agente|corredor) `+number+`|`+number+
			` (agent|courtier|agente|corredor)`, `vermittler ?(nummer|nr)|(代理人|业务员)(代码|编号|工号)`), ""},
	{"parties[agent].name", "identifier", "agent",
		called(`(agent|broker|producer|vermittler|courtier|agente|corredor)( name)?|nom (du )?courtier|nombre (del )?(agente|corredor)`, `代理人|业务员`), "text name"},
	{"parties[vendor].id", "identifier", "vendor", named(`(vendor|supplier|lieferant|fournisseur|proveedor) `+number,
		`供应商(代码|编号)`), ""},
	{"parties[vendor].name", "identifier", "vendor", called(`(vendor|supplier|lieferant|fournisseur|proveedor)( name)?`,
		`供应商`), "text name"},
	{"parties[provider].id", "identifier", "provider",
		named(`(provider|clinic|hospital|doctor|physician|arzt|medecin|medico) (`+number+`|npi)|npi`, `医院(代码|编号)`), ""},
	{"parties[provider].name", "identifier", "provider",
		called(`(provider|clinic|hospital|doctor|physician|arzt|klinik|krankenhaus|medecin|hopital|medico)( name)?`,
			`医院|就诊机构`), "text name"},
	{"parties[repairer].id", "identifier", "repairer",
		named(`(garage|repairer|workshop|repair shop|body shop|bodyshop|werkstatt|reparateur|taller) `+number,
			`werkstatt ?(nummer|nr)|修理厂(代码|编号)`), ""},
	{"parties[repairer].name", "identifier", "repairer",
		called(`(garage|repairer|workshop|repair shop|body shop|bodyshop|werkstatt|reparateur|taller)( name)?`,
			`werkstatt|修理厂|维修厂|4s店`), "text name"},
	{"parties[handler].id", "identifier", "handler",
		named(`(rep|handler|adjuster|examiner|sachbearbeiter|gestionnaire|perito|tramitador) `+number,
			`(查勘员|核赔员)(代码|编号|工号)`), ""},
	{"parties[handler].name", "identifier", "handler",
		called(`(handler|adjuster|examiner|sachbearbeiter|gestionnaire|tramitador)( name)?`, `查勘员|核赔员`), "text name"},
	{"claimant.nationalIds[ssn].number", "identifier", "", named(`ssn|social security( number| no)?`, ``), ""},
	{"claimant.nationalIds[ssn].number", "identifier", "", named(``, `.`), "ssn"},
	{"claimant.nationalIds[passport].number", "identifier", "",
		named(`passport|passport `+number+`|passeport|pasaporte`, `passnummer|reisepass|护照`), ""},
	{"claimant.nationalIds[licence].number", "identifier", "",
		named(`(driving|driver|drivers|driver s) licen[cs]e( `+number+
			`)?|permis( de conduire)?|(carnet|permiso|licencia) de conducir`, `fuhrerschein|驾驶证|驾照`), ""},
	{"claimant.nationalIds[tax].number", "identifier", "", named(`(tax|vat|steuer) `+number+`|tin|itin|nif|rfc`,
		`steuernummer|税号`), ""},
	{"claimant.nationalIds[id].number", "identifier", "",
		named(`id card|idcard|identity card|national (id|insurance)( `+number+`)?|nino|nin|id `+number+
			`|ausweis|cni|carte (d )?identite|dni|nie|cedula|curp|documento`, `personalausweis|ausweisnummer|身份证|证件号`),
		""},
	{"claimant.nationalIds[id].number", "identifier", "", named(``, `.`), "idcard"},
	{"claimant.email", "identifier", "", named(``, `.`), "email"},
	{"claimant.phone", "identifier", "",
		named(`phone|mobile|telephone|tel|telefon|cell|handy|mobil|telefono|movil|celular|portable|(phone|mobile|tel|contact) `+number, `rufnummer|telefonnummer|电话|手机|联系方式`), "phone text whole number digits"},
	{"claimant.phone", "identifier", "", named(``, `.`), "phone"},
	{"claimant.bankAccount.iban", "identifier", "", named(``, `.`), "iban"},
	{"claimant.bankAccount.routing", "identifier", "",
		named(`routing|routing `+number+`|sort code|bank code|blz|aba|bic|swift|guichet`, `bankleitzahl|联行号|银行代码`), ""},
	{"claimant.bankAccount.number", "identifier", "",
		named(`account|acct|konto|compte|cuenta|(account|acct|bank account|compte|cuenta) `+number+`|`+number+
			` (de )?(compte|cuenta)`, `konto ?(nummer|nr)|账号|账户|银行卡|卡号`), ""},
	{"vehicle.vin", "identifier", "", named(`vin|chassis|fin|chasis|bastidor|(vin|chassis) `+number, `fahrgestell|车架号`),
		""},
	{"vehicle.vin", "identifier", "", named(``, `.`), "vin"},
	{"vehicle.plate", "identifier", "",
		named(`plate|license plate|plate `+number+`|registration|reg `+number+`|immatriculation|plaque|matricula|placa`,
			`kennzeichen|车牌`), ""},
	{"vehicle.plate", "identifier", "", named(``, `.`), "plate"},
	{"device.imei", "identifier", "", named(`imei( `+number+`)?`, ``), ""},
	{"claimant.ip", "identifier", "", named(`ip|ip (address|adresse|addr)`, ``), "text ip"},
	{"claimant.id", "identifier", "",
		named(customer+` `+number+`|`+number+`( de| du)? (client|cliente|asegurado|assure)`,
			`kunden ?(nummer|nr)|客户(号|编号|代码)`), ""},
	{"claimant.name", "identifier", "",
		called(`(`+customer+` )?(full |whole )?name|nom|nom (et )?prenom|nombre|nombre (y )?apellidos?|nom (de l )?(assure|client)|nombre (del )?(asegurado|cliente)|`+customer,
			`kundenname|versicherungsnehmer|姓名|被保险人|投保人|客户名`), "text name"},
	{"loss.place.line1", "quasi", "", named(incident+` (address|street|location)`, `出险地点|事故地点`), "text long"},
	{"loss.place.city", "quasi", "",
		named(incident+` .*(city|town|ort|ville|ciudad)|lieu (du )?(sinistre|accident)|lugar (del )?(siniestro|accidente)`, `schadenort|unfallort|出险城市`), "text name"},
	{"loss.place.region", "quasi", "", named(incident+` .*(state|region|province|provincia)`, `出险省`),
		"text country name"},
	{"claimant.address.line1", "identifier", "",
		called(`((`+customer+`|home|street|postal) )?(address|addr|street|strasse|rue|adresse|direccion|calle|domicilio)( line)?( 1)?`, `anschrift|地址|住址`), "text long name"},
	{"claimant.address.line2", "identifier", "", called(`(address|addr|adresse|direccion)( line)? 2`, ``), ""},
	{"claimant.address.city", "quasi", "",
		called(`((`+customer+`|home) )?(city|town|ort|wohnort|stadt|ville|ciudad|localidad|poblacion)`, `城市`),
		"text name"},
	{"claimant.address.region", "quasi", "",
		called(`((`+customer+`|home|policy) )?(state|region|province|bundesland|departement|provincia|estado)`, `省份`),
		"text country name"},
	{"claimant.address.postcode", "quasi", "",
		called(`zip|zip code|postal|postal code|postcode|post code|plz|cp|code postal|codigo postal`,
			`postleitzahl|邮编|邮政编码`), ""},
	{"claimant.address.country", "quasi", "", called(`country|country code|land|pays|pais`, `国家`), "country"},
	{"claimant.sex", "quasi", "", called(`sex|gender|geschlecht|sexe|sexo|genero|civilite`, `性别`), "text"},
	{"vehicle.make", "open", "", called(`(auto |car |vehicle )?(make|brand|manufacturer|marke|marque|marca)`,
		`hersteller|厂牌|品牌`), "text name"},
	{"vehicle.model", "open", "", called(`(auto |car |vehicle )?(model|modell|modele|modelo)`, `车型`), "text name"},
	{"vehicle.year", "open", "",
		named(`(auto|car|vehicle|veh|model) year|annee (du )?(modele|vehicule)|ano (del )?(modelo|vehiculo)`,
			`baujahr|年款`), "whole"},
	{"loss.severity", "open", "", called(`(incident |loss |damage )?(severity|gravite|gravedad)`,
		`schadenschwere|严重程度|损失程度`), "text name"},
	{"loss.cause", "open", "",
		called(`(loss |incident |damage )?(cause|peril|ursache|causa)|(incident|accident|loss|collision|damage) type|cause (du )?sinistre|causa (del )?siniestro`, `schadenursache|schadenart|出险原因|事故原因|损失原因`), "text name"},
	{"loss.fault", "open", "", called(`fault|at fault|liability party|schuld|responsable|culpa`, `责任方`), "text name"},
	{"loss.authorities", "open", "", called(`(authority|authorities)( contacted| called| notified)?`, ``), "text name"},
	{"loss.policeReport", "open", "",
		named(`police( report| reported| notified| informed| report available| report filed)?|polizei|policia|rapport (de )?police|denuncia`, `是否报警|交警`), "flag"},
	{"loss.witnesses", "open", "", called(`witnesses|number of witnesses|no of witnesses|zeugen|temoins|testigos`,
		`证人`), "whole"},
	{"loss.injuries", "open", "", called(`injuries|bodily injuries|injured|verletzte|blesses|heridos`, `受伤人数|伤者`),
		"whole"},
	{"narrative", "sensitive", "",
		named(`description|narrative|comment|comments|notes|statement|details|beschreibung|hergang|bemerkung|bemerkungen|commentaire|commentaires|descriptif|circonstances|descripcion|observaciones|relato`,
			`schadenhergang|描述|经过|备注|说明`), "long text name"},
	{"claimant.occupation", "sensitive", "", called(`occupation|profession|job|beruf|metier|profesion|ocupacion`, `职业`),
		"text name"},
}

// moneyGuesses are for numbers, once the currency is known.
var moneyGuesses = []guess{
	{"amounts.paid", "open", "",
		called(`(amount |total )?(paid|payout|settled|settlement)( amount| amt)?|payment amount|montant (paye|regle|verse)|(importe )?pagado`, `ausgezahlt|gezahlt|zahlbetrag|auszahlung|entschadigung|赔付金额|已付`), ""},
	{"amounts.reserve", "open", "", called(`reserve|reserves|reserve (amount|amt)|provision|reserva`,
		`ruckstellung|schadenreserve|准备金|未决`), ""},
	{"amounts.deductible", "open", "",
		called(`deductible|excess|deductable|policy deductable|franchise|franquicia|deducible`,
			`selbstbeteiligung|selbstbehalt|免赔`), ""},
	{"amounts.estimate", "open", "", called(`estimate|estimated (amount|cost|loss)|repair estimate|devis|presupuesto`,
		`kostenvoranschlag|估损|定损`), ""},
	{"policy.sumInsured", "open", "", called(`sum insured|insured sum|coverage amount|capital assure|suma asegurada`,
		`versicherungssumme|保额|保险金额`), ""},
	{"amounts.claimed", "open", "",
		called(`(total )?(claim|claimed|loss|bill|billed|invoice)( amount| amt| value| total)|amount|amt|total|montant|montant (du )?(sinistre|reclame|dommage)|importe|importe (del )?(siniestro|reclamado)|monto|betrag|summe`,
			`schaden ?(hohe|summe|betrag)|forderung|索赔金额|报损金额|损失金额|理赔金额`), ""},
}

// personGuesses are ends of paths for the columns of a joined file that tells who a party is.
var personGuesses = []guess{
	{".name", "identifier", "", called(`(.* )?name|nom|nombre`, `姓名|名称`), ""},
	{".since", "open", "", called(`(date of )?(joining|joined|since|start|hired|registered|registration|opened)( date| dt)?|seit|depuis|desde`, `入职|注册(时间|日期)`), "time"},
	{".email", "identifier", "", called(``, `.`), "email"},
	{".phone", "identifier", "", called(`phone|mobile|telephone|tel|telefon|handy|telefono|movil`, `电话|手机`), ""},
	{".address.line1", "identifier", "", called(`(address|addr|street|strasse|adresse|direccion)( line)?( 1)?`, `地址`),
		""},
	{".address.line2", "identifier", "", called(`(address|addr|adresse|direccion)( line)? 2`, ``), ""},
	{".address.city", "quasi", "", called(`city|town|ort|ville|ciudad`, `城市`), ""},
	{".address.region", "quasi", "", called(`state|region|province|provincia|bundesland`, `省份`), ""},
	{".address.postcode", "quasi", "",
		called(`zip|zip code|postal|postal code|postcode|plz|cp|code postal|codigo postal`, `邮编`), ""},
	{".bankAccount.iban", "identifier", "", called(``, `.`), "iban"},
	{".bankAccount.routing", "identifier", "", called(`(.* )?(routing|sort code|bank code|blz)( `+number+`)?`, ``), ""},
	{".bankAccount.number", "identifier", "", called(`(.* )?(account|acct|konto|compte|cuenta)( `+number+`)?`, `账号`),
		""},
	{".specialty", "open", "", called(`specialty|speciality|fachrichtung|specialite|especialidad`, `科室`), ""},
}

var (
	moneyWords = named(`amount|amt|premium|price|cost|value|paid|reserve|deductible|total|income|salary|fee|charge|betrag|summe|preis|montant|prime|prix|importe|monto|prima|precio`, `pramie|金额|保费|价格|费用`)
	sensitive  = named(`marital|married|education|income|salary|occupation|job|employment|religion|race|ethnic|health|diagnosis|disabilit\w*|social|credit|risk|house|familienstand|bildung|einkommen|gehalt|revenu|ingresos|estado civil`, `婚姻|学历|收入|健康|诊断|民族`)
	quasi      = named(`age|birth|sex|gender|family|children|zip|postal|city|town|state|region|country|alter|kinder|ort|land|enfants|edad|hijos|ville|ciudad`, `年龄|子女|城市|省`)
	naming     = named(`name|surname|first name|last name|firstname|lastname|vorname|nachname|prenom|apellidos?|ssn|passport|licen[cs]e|account|acct|email|mail|phone|mobile|tel|iban|address|id card|idcard|plate|imei|vin|telefon|adresse|direccion|dni`,
		`姓名|电话|手机|身份证|证件|车牌|地址|账号|银行卡|邮箱|微信|kennzeichen|ausweis`)
	// afterwards are columns that somebody fills once the claim was looked at.
	afterwards = named(`paid|payout|settled|settlement|claim (status|outcome|decision|result)|closed|closing|denied|rejected|recovered|recovery|subrogation|investigat\w*|siu|fraud\w*|approved|reason code|bezahlt|abgelehnt|ergebnis|regle|refuse|pagado|rechazado|resultado`,
		`^ (status|outcome|decision|result) $|ausgezahlt|schadenstatus|赔付|拒赔|结案|欺诈|核赔|审核`)
	labelNames  = called(`fraud\w*|is fraud|betrug|fraude|fraud (found|reported|flag|label)( p)?`, `欺诈`)
	statusNames = called(`(claim )?(status|outcome|decision)`, `schadenstatus|案件状态|结案状态`)
	currencies  = called(`currency|cur|ccy|currency code|wahrung|devise|moneda|divisa`, `币种`)
	hours       = called(incident+` (hour|hr|stunde|heure|hora)( of( the)? day)?|hour|incident hour of the day`, `时刻`)
	givenNames  = named(`(.* )?(first|given|fore) name|firstname|forename|vorname|prenom|nombre`, `^ 名 $`)
	familyNames = named(`(.* )?(last|family) name|surname|lastname|nachname|nom|apellidos?`, `^ 姓 $`)
)

// unaccented writes Latin letters without what stands on them.
func unaccented(s string) string {
	if ascii(s) {
		return s
	}
	s = strings.NewReplacer("ß", "ss", "ø", "o", "ł", "l", "æ", "ae", "œ", "oe", "ñ", "n").Replace(s)
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, norm.NFD.String(s))
}

// words splits a name at punctuation and capitals.
func words(name string) string {
	var b strings.Builder
	before := ' '
	for _, r := range unaccented(name) {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			b.WriteRune(' ')
		case unicode.IsUpper(r) && unicode.IsLower(before), unicode.IsDigit(r) && unicode.IsLetter(before):
			b.WriteRune(' ')
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteRune(unicode.ToLower(r))
		}
		before = r
	}
	return " " + strings.Join(strings.Fields(b.String()), " ") + " "
}
