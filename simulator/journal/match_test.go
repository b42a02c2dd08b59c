package journal_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/oauth"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

func TestMatchers(t *testing.T) {
	j := day()
	for in, want := range map[string][]uint64{
		`{}`:                     {1, 2, 3, 4, 5, 6, 7},
		`{"kind":"callback"}`:    {4, 5, 6},
		`{"kind":"*"}`:           {1, 2, 3, 4, 5, 6, 7},
		`{"api":null}`:           {7},
		`{"phone":254708374149}`: {2, 4, 5, 7},
		`{"phone":"0708374149","kind":"request"}`:                 {2},
		`{"phone":"2547*"}`:                                       {2, 4, 5, 6, 7},
		`{"status":200}`:                                          {1, 2, 4},
		`{"status":"200"}`:                                        {1, 2, 4},
		`{"status":"4xx"}`:                                        {3},
		`{"status":0}`:                                            {5, 6, 7},
		`{"status":null}`:                                         {5, 6, 7},
		`{"status":"*"}`:                                          {1, 2, 3, 4},
		`{"error_code":null,"kind":"request"}`:                    {1, 2},
		`{"error_code":"","kind":"request"}`:                      {1, 2},
		`{"error_code":"*"}`:                                      {3},
		`{"url":"*shop*"}`:                                        {4, 5},
		`{"dropped":true}`:                                        {5},
		`{"dropped":false,"kind":"callback"}`:                     {4, 6},
		`{"copy":2}`:                                              {5},
		`{"copy":null,"kind":"callback"}`:                         nil,
		`{"amount":1}`:                                            {2},
		`{"amount":"1"}`:                                          {2},
		`{"amount":"1.00"}`:                                       {2},
		`{"amount":1.01}`:                                         nil,
		`{"fault":"dropped"}`:                                     {5},
		`{"fault":null,"kind":"callback"}`:                        {4, 6},
		`{"by":"rule * of hostile"}`:                              {2},
		`{"error":"*refused"}`:                                    {6},
		`{"reason":"*cancel*"}`:                                   {7},
		`{"method":"GET"}`:                                        {1},
		`{"header":{"user-agent":"curl*"}}`:                       {1},
		`{"header":{"User-Agent":null,"X-Y":null}}`:               {2, 3, 4, 5, 6, 7},
		`{"header":{"Authorization":"Basic *"}}`:                  {1},
		`{"body":{"Amount":1}}`:                                   {2, 3},
		`{"body":{"Amount":"1"}}`:                                 {3}, // the other one is the text 1.00
		`{"body":{"Amount":"1.00"}}`:                              {2, 3},
		`{"body":{"Amount":1.0e0}}`:                               {2, 3},
		`{"body":{"Amount":"*"}}`:                                 {2, 3},
		`{"body":{"Amount":null},"kind":"request"}`:               {1},
		`{"body":{"AccountReference":"M*sli"}}`:                   {3},
		`{"body":{"AccountReference":"INV-2"}}`:                   nil,
		`{"body":{"Body.stkCallback.ResultCode":0}}`:              {6},
		`{"body":{"Body.stkCallback.ResultCode":"1032"}}`:         {4, 5},
		`{"body":{"Body.stkCallback.ResultCode":"10*"}}`:          {4, 5},
		`{"body":{"Body":{"stkCallback":{"ResultCode":1032.0}}}}`: {4, 5},
		`{"body":{"Body.stkCallback":{"ResultCode":0,"CallbackMetadata.Item[0].Name":"Amount"}}}`:             {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[Name=Amount].Value":1}}`:                            {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[Name=Amount].Value":"1"}}`:                          {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[Value=1].Name":"Amount"}}`:                          {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[Name=MpesaReceiptNumber].Value":"TKO*"}}`:           {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[Name=Balance].Value":null,"Body.stkCallback":"*"}}`: {4, 5, 6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item.1.Value":"TKO1"}}`:                                  {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item[9].Value":"*"}}`:                                    nil,
		`{"body":{"Body[\"stkCallback\"].ResultCode":0}}`:                                                     {6},
		`{"body":{"Body.stkCallback.ResultCode.x":"*"}}`:                                                      nil,
		`{"body":"*cancelled by*"}`:                                 {4, 5},
		`{"body":null}`:                                             {1, 7},
		`{"body":"*","kind":"request"}`:                             {2, 3},
		`{"response":{"ResponseCode":0}}`:                           {2},
		`{"body":{"Amount":1e0}}`:                                   {2, 3},
		`{"body":{"Amount":10e-1}}`:                                 {2, 3},
		`{"body":{"Amount":-1}}`:                                    nil,
		`{"body":{"Body.stkCallback.ResultCode":1.032E+3}}`:         {4, 5},
		`{"body":{"Body.stkCallback.ResultCode":1032e9999}}`:        nil,
		`{"body":{"Body.stkCallback.ResultCode":-0.0}}`:             {6},
		`{"body":{"Body.stkCallback.CallbackMetadata.Item.x":"*"}}`: nil,
		`{"body":{"Body[Name=x]":"*"}}`:                             nil,
		`{"response":"OK"}`:                                         {4},
		`{"status":[200,"4xx"]}`:                                    {1, 2, 3, 4},
		`{"status":">= 400"}`:                                       {3},
		`{"status":"200..299"}`:                                     {1, 2, 4},
		`{"amount":">= 1"}`:                                         {2},
		`{"amount":"0..0.99"}`:                                      nil,
		`{"copy":"> 1"}`:                                            {5},
		`{"phone":["0799000000","07083*"]}`:                         {2, 4, 5, 7},
		`{"kind":"callback","not":{"copy":1}}`:                      {5},
		`{"not":{"kind":["callback","action"],"phone":"*"}}`:        {1, 2, 3},
		`{"where":"status == 200 && kind == 'callback'"}`:           {4},
		`{"where":"body.Amount == 1 || 'dropped' in faults"}`:       {3, 5},
		`{"where":"response.ResponseCode == '0'","api":"stkpush"}`:  {2},
		`{"response":{"x":null},"copy":1}`:                          {4, 6},
	} {
		t.Run(in, func(t *testing.T) {
			got := seqs(j.Verify(matcher(t, in), journal.AtLeast(1)).Records)
			if !slices.Equal(got, want) {
				t.Errorf("matches %v, want %v", got, want)
			}
		})
	}
}

// Of a key that a body has twice the last counts, as for the endpoints.
func TestMatchersReadTheLastOfTwoKeys(t *testing.T) {
	j := journal.New(journal.Config{})
	j.Add(journal.Record{Request: []byte(`{"Amount":1,"Amount":2}`)})
	for in, want := range map[string]int{`{"body":{"Amount":1}}`: 0, `{"body":{"Amount":2}}`: 1} {
		if v := j.Verify(matcher(t, in), journal.AtLeast(1)); v.Found != want {
			t.Errorf("%s finds %d, want %d", in, v.Found, want)
		}
	}
}

// Bodies are read however they are written.
func TestMatchersInOtherSpelling(t *testing.T) {
	j := journal.New(journal.Config{})
	j.Add(journal.Record{Request: journal.RedactBody([]byte("{\n  \"a\" : [ 1 , { \"N\\u0061me\" : \"x\\ty\" , \"V\" : [ ] } , null ] ,\n  \"b.c\" : true , \"n\" : 1.50 \n}\n"))})
	for in, want := range map[string]int{
		`{"body":{"a[0]":"1"}}`:             1,
		`{"body":{"a[1].Name":"x\ty"}}`:     1,
		`{"body":{"a[Name=x\ty].V":"*"}}`:   1,
		`{"body":{"a[Name=x\ty].V":"[ ]"}}`: 1,
		`{"body":{"a[2]":null}}`:            1,
		`{"body":{"a[3]":null}}`:            1,
		`{"body":{"a[3]":"*"}}`:             0,
		`{"body":{"a.name":"*"}}`:           0,
		`{"body":{"[\"b.c\"]":true}}`:       1,
		`{"body":{"[\"b.c\"]":"true"}}`:     1,
		`{"body":{"b.c":true}}`:             0,
		`{"body":{"n":1.5}}`:                1,
		`{"body":{"n":"1.5"}}`:              1,
		`{"body":{"n":15e-1}}`:              1,
		`{"body":{"n":15}}`:                 0,
		`{"body":"*\"n\" : 1.50*"}`:         1,
	} {
		if v := j.Verify(matcher(t, in), journal.AtLeast(1)); v.Found != want {
			t.Errorf("%s finds %d, want %d", in, v.Found, want)
		}
	}
}

func TestMatchErrors(t *testing.T) {
	for in, want := range map[string]string{
		`{"phon":1}`:                  `a matcher has no "phon"; did you mean "phone"?; it has kind, api, phone, payment`,
		`{"checkout_request_id":"x"}`: `a matcher has no "checkout_request_id"; did you mean "payment"?`,
		`{"boddy":{}}`:                `a matcher has no "boddy"; did you mean "body"?`,
		`{"kidn":"x"}`:                `a matcher has no "kidn"; did you mean "kind"?`,
		`{"kind":"CALLBACK"}`:         `kind is request, callback or action, not "CALLBACK"; did you mean "callback"?`,
		`{"where":"x"}`:               `where knows no "x"; expected one of api, phone, amount, reference`,
		`{"where":"kind == 'callback' && amont > 5"}`: `where knows no "amont"; expected one of api, phone, amount, reference, shortcode, headers, body, time, kind, payment, status, error_code, method, url, reason, by, error, copy, dropped, faults, response; did you mean amount? (at character 23)`,
		`{"where":"attempt > 1"}`:                     `where knows no "attempt"`,
		`{"where":7}`:                                 `where is a text of at most 1000 characters`,
		`{"attempt":1}`:                               `a matcher has no "attempt"; it has kind, api, phone, payment`,
		`{"not":{}}`:                                  `not is an object with keys of a matcher`,
		`{"not":[1]}`:                                 `not is an object with keys of a matcher`,
		`{"not":{"kind":"x"}}`:                        `not: kind is request, callback or action, not "x"`,
		`{"not":{"phon":1}}`:                          `not: a matcher has no "phon"; did you mean "phone"?`,
		`{"not":{"not":{"phone":1}}}`:                 `not: a matcher has no "not"; it has kind`,
		`{"phone":[]}`:                                `phone is a list of 1 to 100 values, or one value`,
		`{"status":"500..400"}`:                       `status goes down from 500 to 400; expected the smaller number first`,
		`{"kind":"Callbacks"}`:                        `kind is request, callback or action, not "Callbacks"; did you mean "callback"?`,
		`{"kind":1}`:                                  `kind is request, callback or action, not "1"`,
		`{"api":"stk"}`:                               `api is oauth, stkpush, stkquery or unknown, not "stk"`,
		`{"status":"ok"}`:                             `status is an HTTP status such as 200, a class such as 4xx, a comparison such as ">= 500", a range, or 0 for no answer, not "ok"`,
		`{"status":[[200]]}`:                          `status is a text, a number, true, false or null, not an object or an array`,
		`{"dropped":"yes"}`:                           `dropped is true or false, not "yes"`,
		`{"copy":1.5}`:                                `copy is a number such as 1, a comparison such as "> 1" or "<= 3", or a range such as "2..4", not "1.5"`,
		`{"body":{"a..b":1}}`:                         `body: "a..b" is no path: "..b" does not fit into one such as Result.ResultCode`,
		`{"body":{"":1}}`:                             `body: "" is no path: "." does not fit`,
		`{"body":{"a.":1}}`:                           `body: "a." is no path: "." does not fit`,
		`{"body":{"a[Name=Amount":1}}`:                `body: "a[Name=Amount" is no path: "[Name=Amount" does not fit into one such as Result.ResultCode`,
		`{"body":{"a[x]":1}}`:                         `body: "a[x]" is no path: "[x]" does not fit into one such as Result.ResultCode`,
		`{"body":{"a[0]b":1}}`:                        `body: "a[0]b" is no path: "b" does not fit into one such as Result.ResultCode`,
		`{"body":{"a[=x]":1}}`:                        `body: "a[=x]" is no path: "[=x]" does not fit`,
		`{"body":{"a[\"x]":1}}`:                       `body: "a[\"x]" is no path: "[\"x]" does not fit into one such as Result.ResultCode`,
		`{"body":{"Item":[1]}}`:                       `body: Item is a text, a number, true, false or null, not an object or an array; an element of an array is Item[0], or Item[Name=Amount] by a field of it`,
		`{"body":[1]}`:                                `body is a text, a number, true, false or null, not an object or an array; or an object of paths, such as {"Result.ResultCode":0}`,
		`{"header":"x"}`:                              `header is an object, such as {"Content-Type":"application/json*"}`,
		`{"header":{"a":{}}}`:                         `header: a is a text, a number`,
		`{"phone":"` + long() + `"}`:                  `phone is longer than 1024 bytes`,
		`{"body":{"` + long() + `":1}}`:               `body: "xxxxx`,
		`[]`:                                          `the matcher is not what it should be, such as {"kind":"callback","phone":"254708374149"}`,
		`"x"`:                                         `the matcher is not what it should be, such as {`,
		`{"phone":`:                                   `the matcher is not JSON: unexpected end of JSON input (at byte 9)`,
		``:                                            `the matcher is not JSON`,
		strings.Repeat(" ", 70_000):                   `the matcher is longer than 65536 bytes`,
		`{"body":` + nestedObjects(30) + `}`:          `body is nested more than 20 deep`,
		`{"body":{` + manyKeys(70) + `}}`:             `the matcher has more than 64 conditions`,
	} {
		_, err := journal.ParseMatch([]byte(in), oauth.API, stk.APIPush, stk.APIQuery)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(err.Error()) > 500 {
			t.Errorf("%.40s\n got %v\nwant %s", in, err, want)
		}
	}
}

func nestedObjects(n int) string { return strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n) }

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat("k", i+1) + `":1,"`)
	}
	return `"` + b.String() + `z":1`
}

func TestCounts(t *testing.T) {
	for in, want := range map[string]journal.Count{
		``: journal.AtLeast(1), `null`: journal.AtLeast(1), `{}`: journal.AtLeast(1), `1`: journal.Exactly(1), `0`: journal.Exactly(0),
		`{"exactly":3}`: journal.Exactly(3), `{"at_least":2}`: journal.AtLeast(2), `{"at_most":2}`: journal.Count{Max: 2}, `{"at_least":1,"at_most":3}`: {Min: 1, Max: 3},
	} {
		if got, err := journal.ParseCount([]byte(in)); err != nil || got != want {
			t.Errorf("%q is %+v, %v, want %+v", in, got, err, want)
		}
	}
	for in, want := range map[string]string{
		`-1`:  `count is a whole number from 0 to 1000000, not -1; a count is 1, {"exactly":1} or {"at_least":1,"at_most":3}`,
		`1.5`: `count is a whole number`, `"1"`: `count is a whole number`, `[1]`: `count is a whole number`, `9999999`: `count is a whole number`,
		`{"at_leats":1}`:             `a count has no "at_leats"; did you mean "at_least"?; it has exactly, at_least, at_most`,
		`{"exactly":1,"at_most":3}`:  `a count is either exactly 1, or at_least and at_most`,
		`{"at_least":3,"at_most":1}`: `a count can't be at_least 3 and at_most 1`,
		`{"exactly":"1"}`:            `exactly is a whole number from 0 to 1000000, not "1"`,
		`{`:                          `the count is not JSON`,
		strings.Repeat(`1`, 2_000):   `the count is longer than 1024 bytes`,
	} {
		if _, err := journal.ParseCount([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.40q\n got %v\nwant %s", in, err, want)
		}
	}
}

// A matcher that is taken can be used on anything that is kept, and what it finds
// does not depend on how its bodies are spaced.
func FuzzParseMatch(f *testing.F) {
	for _, s := range []string{
		`{"kind":"callback","body":{"Body.stkCallback.ResultCode":0}}`, `{"status":"4xx","fault":"*","header":{"a":null}}`, `{"body":{"a[Name=x].b[0][\"c\"]":1e5}}`,
		`{"phone":"0712*","copy":2,"dropped":false}`, `{"body":"*","response":null}`, `{"body":{"Body":{"stkCallback":{"ResultCode":"1032"}}}}`,
	} {
		f.Add([]byte(s), []byte(`{"Body":{"stkCallback":{"ResultCode":0}}}`))
	}
	f.Fuzz(func(t *testing.T, matcher, body []byte) {
		m, err := journal.ParseMatch(matcher)
		if err != nil {
			if len(err.Error()) > 2_000 {
				t.Fatalf("a long error: %v", err)
			}
			return
		}
		j := day()
		j.Add(journal.Record{Request: journal.RedactBody(body), Response: json.RawMessage(body)})
		v := j.Verify(m, journal.Exactly(1))
		if v.OK != (v.Found == 1) || v.Message == "" || len(v.NearMisses) > 5 || len(v.Records) != min(v.Found, 10) {
			t.Fatalf("%+v", v)
		}
		for _, miss := range v.NearMisses {
			if len(miss.Differs) == 0 {
				t.Fatalf("a near miss without a difference: %+v", miss)
			}
		}
	})
}
