package journal_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/darajabox/darajabox/simulator/condition"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// day is a journal of a little day.
func day() *journal.Journal {
	j := journal.New(journal.Config{World: "default"})
	add := func(r journal.Record, request, response string) {
		r.At = start()
		r.Request, r.Response = journal.RedactBody([]byte(request)), journal.RedactBody([]byte(response))
		j.Add(r)
	}
	add(journal.Record{Kind: journal.KindRequest, API: oauth.API, Method: "GET", URL: "/oauth/v1/generate?grant_type=client_credentials", Status: 200,
		Header: map[string][]string{"Authorization": {"Basic s3"}, "User-Agent": {"curl/8"}}}, ``, `{"access_token":"s3"}`)
	add(journal.Record{Kind: journal.KindRequest, API: stk.APIPush, Method: "POST", URL: "/mpesa/stkpush/v1/processrequest", Status: 200,
		Phone: "254708374149", Payment: "ws_CO_1", Reference: "INV-1", Shortcode: "174379", Amount: "1.00", By: "rule 2 of hostile", Faults: []string{"latency 3s"}},
		`{"Amount":"1.00","AccountReference":"INV-1"}`, `{"ResponseCode":"0"}`)
	add(journal.Record{Kind: journal.KindRequest, API: stk.APIPush, Method: "POST", URL: "/mpesa/stkpush/v1/processrequest", Status: 400,
		Phone: "0712345678", Reference: "INV-2", ErrorCode: "400.002.02", Reason: "the phone is written 0712345678, not 254712345678"},
		`{"Amount":1,"AccountReference":"Müsli"}`, `{"errorCode":"400.002.02"}`)
	add(journal.Record{Kind: journal.KindCallback, API: stk.APIPush, Method: "POST", URL: "https://shop.example/cb", Status: 200, Copy: 1,
		Phone: "254708374149", Payment: "ws_CO_1", Reference: "INV-1", Shortcode: "174379"},
		`{"Body":{"stkCallback":{"ResultCode":1032,"ResultDesc":"Request cancelled by user."}}}`, `OK`)
	add(journal.Record{Kind: journal.KindCallback, API: stk.APIPush, Method: "POST", URL: "https://shop.example/cb", Copy: 2,
		Phone: "254708374149", Payment: "ws_CO_1", Reference: "INV-1", Shortcode: "174379", Dropped: true, Faults: []string{"copy 2 of 2", "dropped"}},
		`{"Body":{"stkCallback":{"ResultCode":1032,"ResultDesc":"Request cancelled by user."}}}`, ``)
	add(journal.Record{Kind: journal.KindCallback, API: stk.APIPush, URL: "http://127.0.0.1:1/", Error: "connection refused", Phone: "254712345678", Payment: "ws_CO_2", Copy: 1},
		`{"Body":{"stkCallback":{"ResultCode":0,"CallbackMetadata":{"Item":[{"Name":"Amount","Value":1.00},{"Name":"MpesaReceiptNumber","Value":"TKO1"},{"Name":"Balance"}]}}}}`, ``)
	add(journal.Record{Kind: journal.KindAction, Phone: "254708374149", Payment: "ws_CO_1", Reason: "the customer cancelled"}, ``, ``)
	return j
}

func TestFilters(t *testing.T) {
	j := day()
	for query, want := range map[string][]uint64{
		"":                        {1, 2, 3, 4, 5, 6, 7},
		"kind=callback":           {4, 5, 6},
		"kind=*":                  {1, 2, 3, 4, 5, 6, 7},
		"kind=c*":                 {4, 5, 6},
		"api=oauth":               {1},
		"api=stk*":                {2, 3, 4, 5, 6},
		"api=*":                   {1, 2, 3, 4, 5, 6},
		"phone=254708374149":      {2, 4, 5, 7},
		"phone=0708374149":        {2, 4, 5, 7},
		"phone=%2B254708374149":   {2, 4, 5, 7},
		"phone=2547*":             {2, 4, 5, 6, 7},
		"phone=0712345678":        {3, 6}, // as it was written, and as it is meant
		"phone=*678":              {3, 6},
		"payment=ws_CO_1":         {2, 4, 5, 7},
		"reference=INV-*":         {2, 3, 4, 5},
		"shortcode=174379":        {2, 4, 5},
		"amount=1":                {2},
		"amount=1.0":              {2},
		"status=200":              {1, 2, 4},
		"status=4xx":              {3},
		"status=4XX":              {3},
		"status=0":                {5, 6, 7},
		"status=*":                {1, 2, 3, 4},
		"error_code=400.002.02":   {3},
		"error_code=*":            {3},
		"method=GET":              {1},
		"url=*shop.example*":      {4, 5},
		"url=/mpesa/*/v1/*":       {2, 3},
		"reason=*written*":        {3},
		"by=rule*":                {2},
		"error=*refused":          {6},
		"fault=dropped":           {5},
		"fault=latency*":          {2},
		"fault=*":                 {2, 5},
		"copy=1":                  {4, 6},
		"copy=0":                  {1, 2, 3, 4, 5, 6, 7},
		"dropped=true":            {5},
		"dropped=0":               {1, 2, 3, 4, 6, 7},
		"text=CANCELLED":          {4, 5, 7},
		"text=tko1":               {6},
		"text=curl":               {1},
		"text=user-agent":         {1},
		"text=latency":            {2},
		"text=400":                {3},
		"text=MÜSLI":              {3},
		"text=s3":                 nil,
		"text=*":                  nil, // no glob
		"kind=request&status=200": {1, 2},
		"kind=&phone=+&limit=":    {1, 2, 3, 4, 5, 6, 7},
		"after=5":                 {6, 7},
		"before=3":                {1, 2},
		"after=2&before=5":        {3, 4},
		"after=5&before=2":        nil,
		"after=99":                nil,
		"newest=1":                {7, 6, 5, 4, 3, 2, 1},
		"newest=true&before=3":    {2, 1},
		"after=18446744073709551615&before=18446744073709551615": nil,
	} {
		t.Run(query, func(t *testing.T) {
			if got := seqs(j.Find(filter(t, query)).Records); !slices.Equal(got, want) {
				t.Errorf("found %v, want %v", got, want)
			}
		})
	}
}

func filter(tb testing.TB, query string) journal.Filter {
	tb.Helper()
	values, err := url.ParseQuery(query)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := journal.ParseFilter(values, oauth.API, stk.APIPush, stk.APIQuery)
	if err != nil {
		tb.Fatalf("%s: %v", query, err)
	}
	return f
}

func seqs(records []journal.Record) []uint64 {
	var out []uint64
	for _, r := range records {
		out = append(out, r.Seq)
	}
	return out
}

// Every field of a record can be filtered by.
func TestEveryFieldHasAFilter(t *testing.T) {
	other := map[string]string{"seq": "after", "at": "", "world": "", "faults": "fault", "request_header": "text", "request": "text", "response": "text"}
	record := reflect.TypeFor[journal.Record]()
	for i := range record.NumField() {
		name := record.Field(i).Tag.Get("json")
		if to, ok := other[name]; ok {
			name = to
		}
		if name == "" || name == "-" {
			continue
		}
		value := map[string]string{"kind": "request", "api": "oauth", "dropped": "true"}[name]
		if value == "" {
			value = "200"
		}
		if f := filter(t, name+"="+value); reflect.ValueOf(f).IsZero() {
			t.Errorf("the filter %s has no effect", name)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for query, want := range map[string]string{
		"phon=1":               `there is no filter "phon"; did you mean "phone"?; there are kind, api, phone,`,
		"errorcode=1":          `there is no filter "errorcode"; did you mean "error_code"?`,
		"zzzzzzzz=1":           `there is no filter "zzzzzzzz"; there are kind,`,
		"kind=callbak":         `kind is request, callback or action, not "callbak"; did you mean "callback"?`,
		"api=stkpsh":           `api is oauth, stkpush, stkquery or unknown, not "stkpsh"; did you mean "stkpush"?`,
		"status=6xx":           `status is an HTTP status such as 200, a class such as 4xx, a comparison such as ">= 500", a range, or 0 for no answer, not "6xx"`,
		"status=ok":            `status is an HTTP status such as 200`,
		"status=99":            `status is an HTTP status such as 200`,
		"dropped=yes":          `dropped is true or false (or 1 or 0), not "yes"`,
		"newest=yes":           `newest is true or false (or 1 or 0), not "yes"`,
		"limit=0":              `limit is a number from 1 to 1000, not "0"`,
		"limit=1001":           `limit is a number from 1 to 1000, not "1001"`,
		"copy=x":               `copy is a number such as 1, a comparison such as "> 1" or "<= 3", or a range such as "2..4", not "x"`,
		"after=-1":             `after is the seq of a record, such as 17, not "-1"`,
		"before=x":             `before is the seq of a record, such as 17, not "x"`,
		"phone=1&phone=2":      `the filter phone is given 2 times`,
		"text=" + long():       `the filter text is longer than 512 bytes`,
		"kind=" + long()[:500]: `kind is request, callback or action, not "xxxxx`,
	} {
		values, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		_, err = journal.ParseFilter(values, oauth.API, stk.APIPush, stk.APIQuery)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.40s\n got %v\nwant %s", query, err, want)
		}
	}
}

func long() string { return strings.Repeat("x", 2_000) }

// Pages in either direction give every record that is right once, in order.
func TestPaging(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		j := journal.New(journal.Config{Size: rapid.IntRange(1, 100).Draw(t, "size")})
		var want []uint64
		n := rapid.IntRange(0, 120).Draw(t, "n")
		for i := range n {
			r := journal.Record{By: "other"}
			if rapid.IntRange(0, 2).Draw(t, "right") == 0 {
				r.By = "me"
			}
			j.Add(r)
			if r.By == "me" {
				want = append(want, uint64(i+1))
			}
		}
		want = slices.DeleteFunc(want, func(seq uint64) bool { _, ok := j.Get(seq); return !ok })
		total := len(want)
		f := journal.Filter{Match: journal.MatchFields("by", "me"), Limit: rapid.IntRange(1, 7).Draw(t, "limit"), Newest: rapid.Bool().Draw(t, "newest")}
		if f.Newest {
			slices.Reverse(want)
		}
		var got []uint64
		for more := true; more; {
			page := j.Find(f)
			if page.Total != total || len(page.Records) > f.Limit || page.Next != 0 && len(page.Records) != f.Limit {
				t.Fatalf("a page of %d of %d, next %d, want a total of %d", len(page.Records), page.Total, page.Next, total)
			}
			got = append(got, seqs(page.Records)...)
			if f.Newest {
				f.Before = page.Next
			} else {
				f.After = page.Next
			}
			more = page.Next != 0
		}
		if !slices.Equal(got, want) {
			t.Fatalf("paged through %v, want %v", got, want)
		}
	})
}

// A page of long bodies ends early, and the next goes on.
func TestPagesAreBoundedInBytes(t *testing.T) {
	j := journal.New(journal.Config{})
	body := journal.RedactBody([]byte(strings.Repeat("x", journal.MaxBody)))
	for range 300 {
		j.Add(journal.Record{Request: body})
	}
	seen := 0
	for f := (journal.Filter{Limit: 1_000}); ; {
		page := j.Find(f)
		if n := len(page.Records) * journal.MaxBody; n > 8<<20 {
			t.Fatalf("a page of %d bytes", n)
		}
		seen += len(page.Records)
		if f.After = page.Next; page.Next == 0 {
			break
		}
	}
	if seen != 300 {
		t.Errorf("%d records on all pages", seen)
	}
}

func TestPageInJSON(t *testing.T) {
	b, err := json.Marshal(journal.New(journal.Config{}).Find(journal.Filter{}))
	if want := `{"records":[],"next":0,"total":0,"lost":0}`; err != nil || string(b) != want {
		t.Errorf("%s, %v, want %s", b, err, want)
	}
}

func TestDefaultLimit(t *testing.T) {
	j := journal.New(journal.Config{})
	for range 1_500 {
		j.Add(journal.Record{})
	}
	for limit, want := range map[int]int{0: journal.DefaultLimit, -1: journal.DefaultLimit, 7: 7, 5_000: journal.MaxLimit} {
		if page := j.Find(journal.Filter{Limit: limit}); len(page.Records) != want || page.Total != 1_500 || page.Next != uint64(want) {
			t.Errorf("limit %d gives %d of %d, next %d", limit, len(page.Records), page.Total, page.Next)
		}
	}
}

// A filter that can't be parsed finds nothing when it is made in Go.
func TestImpossibleFilter(t *testing.T) {
	if page := day().Find(journal.Filter{Match: journal.MatchFields("status", "ok")}); page.Total != 0 || len(page.Records) != 0 {
		t.Errorf("found %+v", page)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"kind=callback&limit=3", "text=%00&newest=1", "status=4xx&dropped=0", "phone=%2b254*&after=2", "copy=2", "fault=*a*a*"} {
		f.Add(s)
	}
	j := day()
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		parsed, err := journal.ParseFilter(values, oauth.API, stk.APIPush, stk.APIQuery)
		if err != nil {
			if len(err.Error()) > 1_000 {
				t.Fatalf("a long error: %v", err)
			}
			return
		}
		page := j.Find(parsed)
		if page.Total > 7 || len(page.Records) > page.Total {
			t.Fatalf("%d of %d", len(page.Records), page.Total)
		}
		parsed.Newest, parsed.Limit, parsed.After, parsed.Before = !parsed.Newest, 0, 0, 0
		if n := len(j.Find(parsed).Records); n != page.Total {
			t.Fatalf("%s finds %d in one direction, %d in the other", fmt.Sprint(parsed), page.Total, n)
		}
	})
}

// A walk sees what the filter means, in its order, and ends when the visitor returns false.
func TestWalk(t *testing.T) {
	j := journal.New(journal.Config{})
	for i := range 10 {
		kind, payment := journal.KindRequest, ""
		if i < 2 {
			payment = "ws_CO_1"
		}
		if i%2 == 1 {
			kind = journal.KindAction
		}
		j.Add(journal.Record{Kind: kind, Payment: payment})
	}
	walk := func(f journal.Filter, most int) (seen []uint64) {
		j.Walk(f, func(rec journal.Record) bool {
			seen = append(seen, rec.Seq)
			return len(seen) < most
		})
		return seen
	}
	for _, tt := range []struct {
		f    journal.Filter
		most int
		want string
	}{
		{journal.Filter{Match: journal.MatchFields("kind", "action")}, 99, "[2 4 6 8 10]"},
		{journal.Filter{Match: journal.MatchFields("kind", "action"), Newest: true, Before: 8}, 99, "[6 4 2]"},
		{journal.Filter{Newest: true, Limit: 1}, 3, "[10 9 8]"},
		{journal.Filter{After: 8}, 99, "[9 10]"},
		{journal.Filter{After: 10}, 99, "[]"},
		{journal.Filter{Match: withoutPayment()}, 3, "[3 4 5]"},
		{journal.Filter{Match: withoutPayment("kind", "action")}, 99, "[4 6 8 10]"},
	} {
		if got := fmt.Sprint(walk(tt.f, tt.most)); got != tt.want {
			t.Errorf("%+v sees %s, want %s", tt.f, got, tt.want)
		}
	}
}

// withoutPayment is a record with values in fields that is of no payment.
func withoutPayment(pairs ...string) journal.Match {
	m := journal.MatchFields(pairs...)
	m.Tests = append(m.Tests, condition.Any("payment", condition.Absent()))
	return m
}
