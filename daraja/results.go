package daraja

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// ResultCode is the result of a prompt: "0", "1032", "SFC_IC0003". On the wire
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

var codeForm = regexp.MustCompile(`^(0|[1-9][0-9]{0,8}|[A-Z][A-Z0-9_]{0,11}[0-9]{4})$`)

// WellFormed reports whether c has the form of Daraja's codes: a number without sign,
// decimals or leading zeros, or capitals, digits and underscores that end in four digits
// which are not all zero (SFC_IC0003, TP40153, C2B00011, E3008, R000001). A code of that
// form is a result although no catalogue has it; "00", "SUCCESS" or "[]" may mean
// anything.
func (c ResultCode) WellFormed() bool {
	number := digits(string(c))
	return codeForm.MatchString(string(c)) && (number || !strings.HasSuffix(string(c), "0000"))
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

// Confidence says how well a fact about Daraja is established.
type Confidence string

// High: several independent captures. Medium: one capture or documentation only.
// Low: a single claim, or contradicted.
const (
	High   Confidence = "H"
	Medium Confidence = "M"
	Low    Confidence = "L"
)

// Result is an entry of the catalogue of result codes.
type Result struct {
	Code       ResultCode
	Text       string   // ResultDesc, verbatim
	Variants   []string // other wordings seen for the same code
	OnQuery    string   // another ResultDesc that queries were seen with, whatever the callback said
	Short      string   // the outcome in at most five words, for lists and terminal lines: "wrong PIN"
	Meaning    string   // for a person
	Confidence Confidence
	Dialects   map[string]string // ResultDesc in another dialect, by its name
}

// Desc is the ResultDesc of r in a dialect.
func (r Result) Desc(dialect string) string { return cmp.Or(r.Dialects[dialect], r.Text) }

// Wordings lists every text of r: its own, variants, the query's and other dialects'.
func (r Result) Wordings() []string {
	var out []string
	others := slices.Sorted(maps.Values(r.Dialects))
	for _, s := range slices.Concat([]string{r.Text}, r.Variants, []string{r.OnQuery}, others) {
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
