package daraja

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ResultCode is what became of a prompt: "0", "1032", "SFC_IC0003". On the wire
// it is a JSON number when it is numeric and a string otherwise; both are read.
type ResultCode string

// Result codes that a program acts on. Results has them all.
const (
	ResultSuccess      ResultCode = "0"
	ResultInsufficient ResultCode = "1"
	ResultRuleLimited  ResultCode = "17"
	ResultPushFailed   ResultCode = "1025"
	ResultCancelled    ResultCode = "1032"
	ResultUnreachable  ResultCode = "1037"
	ResultNotPermitted ResultCode = "2028"
	ResultTimeout      ResultCode = "4005"
	ResultProcessing   ResultCode = "4999" // query only: the prompt is still open
	ResultInternal     ResultCode = "9999"
)

// numeric reports whether c prints as the JSON number that it spells.
func (c ResultCode) numeric() bool {
	n, err := strconv.ParseUint(string(c), 10, 32)
	return err == nil && strconv.FormatUint(n, 10) == string(c)
}

// maxNumericCode is how many digits a numeric code has at most; 100000100 has nine.
const maxNumericCode = 9

// WellFormed reports whether c has the form of Daraja's codes: a number without sign,
// decimals or leading zeros, or capitals, digits and underscores that end in four digits
// which are not all zero (SFC_IC0003, TP40153, C2B00011, E3008, R000001). A code of that
// form is a result although no catalogue has it; "00", "SUCCESS" or "[]" may mean
// anything.
func (c ResultCode) WellFormed() bool {
	if digits(string(c)) {
		return len(c) <= maxNumericCode && c.numeric()
	}
	const tail, most = 4, 16
	if len(c) <= tail || len(c) > most || c[0] < 'A' || c[0] > 'Z' {
		return false
	}
	for i := range len(c) {
		if (c[i] < 'A' || c[i] > 'Z') && (c[i] < '0' || c[i] > '9') && c[i] != '_' {
			return false
		}
	}
	end := string(c[len(c)-tail:])
	return digits(end) && strings.Trim(end, "0") != ""
}

// MarshalJSON implements json.Marshaler.
func (c ResultCode) MarshalJSON() ([]byte, error) {
	if c.numeric() {
		return []byte(c), nil
	}
	return json.Marshal(string(c))
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *ResultCode) UnmarshalJSON(b []byte) error { return (*Text)(c).UnmarshalJSON(b) }

// magicPrefix begins the numbers whose last five digits are a result code.
const magicPrefix = "2547000"

// MagicMSISDN is the number that asks a simulator for the outcome c:
// 254700001032 for 1032. It is "" when c does not fit in five digits.
func (c ResultCode) MagicMSISDN() MSISDN {
	n, err := strconv.Atoi(string(c))
	if err != nil || n < 0 || n > 99999 {
		return ""
	}
	return MSISDN(fmt.Sprintf("%s%05d", magicPrefix, n))
}

// MagicResult reads the outcome that a magic number asks for. It returns false
// for an ordinary number, and for five digits that are no known result code.
func MagicResult(m MSISDN) (ResultCode, bool) {
	if len(m) != 12 || string(m[:len(magicPrefix)]) != magicPrefix {
		return "", false
	}
	n, err := strconv.Atoi(string(m[len(magicPrefix):]))
	if err != nil {
		return "", false
	}
	code := ResultCode(strconv.Itoa(n))
	_, known := LookupResult(code)
	return code, known && code != ResultProcessing
}

// Confidence says how well a fact about Daraja is established.
type Confidence string

// High: several independent captures. Medium: one capture or documentation only.
// Low: a single claim, or contradicted.
const (
	High   Confidence = "H"
	Medium Confidence = "M"
	Low    Confidence = "L"
)

// Dialect chooses whose reading of the result codes is spoken.
type Dialect string

// Dialects. DialectMalipo differs where the documentation of the Malipo gateway
// reads a code differently from Safaricom.
const (
	DialectDaraja Dialect = "daraja"
	DialectMalipo Dialect = "malipo"
)

// Dialects lists every dialect, the default first.
func Dialects() []Dialect { return []Dialect{DialectDaraja, DialectMalipo} }

// Result is an entry of the catalogue of result codes.
type Result struct {
	Code       ResultCode
	Text       string   // ResultDesc, verbatim
	Variants   []string // other wordings seen for the same code
	OnQuery    string   // ResultDesc on a query, where it differs whatever the callback said
	Short      string   // the outcome in at most five words, for lists and terminal lines: "wrong PIN"
	Meaning    string   // for a person
	Confidence Confidence
	Malipo     string // the Malipo gateway's reading, where it differs or Daraja has none
}

// Desc is the ResultDesc of r in a dialect. A code that Daraja does not document
// has Malipo's text in both.
func (r Result) Desc(d Dialect) string {
	if r.Malipo != "" && (d == DialectMalipo || r.Text == "") {
		return r.Malipo
	}
	return r.Text
}

// Wordings lists every text of r: its own, variants, the query's and Malipo's.
func (r Result) Wordings() []string {
	var out []string
	for _, s := range slices.Concat([]string{r.Text}, r.Variants, []string{r.OnQuery, r.Malipo}) {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// LookupResult finds a code in the catalogue.
func LookupResult(code ResultCode) (Result, bool) {
	r, ok := byCode[code]
	return r, ok
}

var byCode = index(Results()) //nolint:gochecknoglobals // never written; every prompt looks into it

func index(results []Result) map[ResultCode]Result {
	m := make(map[ResultCode]Result, len(results))
	for _, r := range results {
		m[r.Code] = r
	}
	return m
}
