package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/cucumber/godog"
	"github.com/tidwall/gjson"

	"github.com/darajabox/darajabox/daraja"
)

// apiSteps speak of an app that calls any API of M-PESA, of its answer, of what M-PESA sends
// later, and of the money that moved. In a value of a table,
//
//	{customer}           is the number of the customer
//	{url NAME}           a callback URL of the scenario
//	{credential P}       the SecurityCredential of the password P
//	{answer NAME}        a member of M-PESA's latest answer to the app
//	{sent NAME}          a member of the callback that a step found last
//	{receipt}            the receipt of the customer's latest payment
//	{day N}              the date N days after M-PESA's today, yyyymmdd
func (w *world) apiSteps() []step {
	return []step{
		{`^an app calls "([^"]*)" with:$`, func(ctx context.Context, path string, table *godog.Table) {
			body := make(map[string]any)
			for name, v := range w.rows(ctx, table) {
				body[name] = v
			}
			w.callWithToken(ctx, path, body)
		}},
		{`^an app calls "([^"]*)" with this body:$`, func(ctx context.Context, path string, text *godog.DocString) {
			w.callAPI(ctx, http.MethodPost, path, []byte(w.fill(ctx, text.Content)), nil)
		}},
		{`^an app calls "([^"]*)" with the header (\S+) "([^"]*)" and:$`, func(ctx context.Context, path, header, value string, table *godog.Table) {
			line, body := map[string]string{header: w.fill(ctx, value)}, must(json.Marshal(w.rows(ctx, table)))
			w.callAPI(ctx, http.MethodPost, path, body, line)
		}},
		{`^an app gets "([^"]*)"$`, func(ctx context.Context, path string) {
			w.callAPI(ctx, http.MethodGet, w.fill(ctx, path), nil, nil)
		}},
		{`^M-PESA's answer has:$`, func(ctx context.Context, table *godog.Table) {
			want := w.rows(ctx, table)
			failIf(w.daraja.status != http.StatusOK || lacking(w.daraja.body, want) != "", "M-PESA answered %s, without %s", w.daraja, lacking(w.daraja.body, want))
		}},
		{`^M-PESA's answer has another (\w+) than "([^"]*)"$`, func(name, other string) {
			failIf(w.daraja.status != http.StatusOK || member(w.daraja.body, name) == other, "M-PESA answered %s", w.daraja)
		}},
		{`^M-PESA sends to "([^"]*)":$`, w.sends},
		{`^the customer has KES ([\d.]+) left$`, func(ctx context.Context, shillings string) {
			want := must(daraja.ParseMoney(shillings))
			w.eventually(ctx, func(ctx context.Context) {
				has := daraja.Money(must(w.control.Phone(ctx, w.phone)).BalanceCents)
				failIf(has != want, "the customer has %s", has.Grouped())
			})
		}},
		{`^the customer gets an SMS with "([^"]*)"$`, func(ctx context.Context, text string) {
			w.eventually(ctx, func(ctx context.Context) {
				messages := must(w.control.Phone(ctx, w.phone)).Messages
				for _, m := range messages {
					if strings.Contains(m.Text, text) {
						return
					}
				}
				fail("of %d messages none has this", len(messages))
			})
		}},
	}
}

// rows are a table of names and values.
func (w *world) rows(ctx context.Context, table *godog.Table) map[string]string {
	values := make(map[string]string)
	for _, row := range table.Rows {
		values[row.Cells[0].Value] = w.fill(ctx, row.Cells[1].Value)
	}
	return values
}

// callAPI calls an API of M-PESA with a good token, and lines of the header beside it.
func (w *world) callAPI(ctx context.Context, method, path string, body []byte, header map[string]string) {
	w.askToken(ctx, basic("sandbox", "sandbox"), daraja.GrantType)
	var t daraja.TokenResponse
	w.readAnswer(&t)
	all := map[string]string{"Authorization": "Bearer " + t.AccessToken}
	maps.Copy(all, header)
	w.daraja = w.client.do(ctx, call{method: method, url: w.at.Simulator + path, header: all, body: body})
}

// sends waits for a callback to a URL of the scenario that has what a table says.
func (w *world) sends(ctx context.Context, name string, table *godog.Table) {
	want := w.rows(ctx, table)
	w.eventually(ctx, func(ctx context.Context) {
		last := "M-PESA has sent nothing to it"
		for _, r := range w.callbacks(ctx) {
			if r.URL != w.callbackURL(name) {
				continue
			}
			lacks := lacking(r.Request, want)
			if lacks == "" {
				w.sent = r.Request
				return
			}
			last = fmt.Sprintf("M-PESA has sent %s, without %s", r.Request, lacks)
		}
		fail("%s", last)
	})
}

// callbackURL is a URL of the scenario that an app gives to M-PESA.
func (w *world) callbackURL(name string) string {
	return w.at.InboxForGateway + "/callbacks/" + w.name + "/" + name
}

var placeholder = regexp.MustCompile(`\{(\w+)(?: ([^}]*))?\}`)

// fill puts values in the place of placeholders; what is none stays.
func (w *world) fill(ctx context.Context, text string) string {
	return placeholder.ReplaceAllStringFunc(text, func(found string) string {
		part := placeholder.FindStringSubmatch(found)
		switch part[1] {
		case "customer":
			return w.phone
		case "url":
			return w.callbackURL(part[2])
		case "credential":
			return w.credential(ctx, part[2])
		case "answer":
			return member(w.daraja.body, part[2])
		case "sent":
			return member(w.sent, part[2])
		case "receipt":
			return w.receipt(ctx)
		case "day":
			today := must(w.control.Clock(ctx)).Now.In(daraja.EAT())
			return today.AddDate(0, 0, must(strconv.Atoi(part[2]))).Format("20060102")
		}
		return found
	})
}

func (w *world) credential(ctx context.Context, password string) string {
	key := must(daraja.ParseCertificate(must(w.control.Certificate(ctx))))
	return must(daraja.SecurityCredential(key, password))
}

// receipt is the one of the customer's latest payment.
func (w *world) receipt(ctx context.Context) (receipt string) {
	w.eventually(ctx, func(ctx context.Context) {
		receipt = ""
		for _, e := range must(w.control.Ledger(ctx)) {
			if e.Phone == w.phone {
				receipt = e.Receipt
			}
		}
		failIf(receipt == "", "M-PESA's ledger has no payment of the customer")
	})
	return receipt
}

// lacking names what of want a JSON text does not have; "" is nothing.
func lacking(text []byte, want map[string]string) string {
	var lacks []string
	for name, v := range want {
		if !slices.Contains(members(text, name), v) {
			lacks = append(lacks, fmt.Sprintf("%s %q", name, v))
		}
	}
	slices.Sort(lacks)
	return strings.Join(lacks, ", ")
}

// member is the first value of a name, which must be there.
func member(text []byte, name string) string {
	all := members(text, name)
	failIf(len(all) == 0, "there is no %s in %s", name, text)
	return all[0]
}

// members are the values of a name at any depth of a JSON text: those of a member, and those
// of the pairs of name and value that M-PESA's results are made of. A value that is absent
// is "".
func members(text []byte, name string) (found []string) {
	var walk func(v gjson.Result)
	walk = func(v gjson.Result) {
		for _, pair := range [][2]string{{"Key", "Value"}, {"Name", "Value"}, {"name", "value"}} {
			if v.IsObject() && v.Get(pair[0]).String() == name {
				found = append(found, v.Get(pair[1]).String())
			}
		}
		v.ForEach(func(key, value gjson.Result) bool {
			if v.IsObject() && key.String() == name {
				found = append(found, value.String())
			}
			if value.IsObject() || value.IsArray() {
				walk(value)
			}
			return true
		})
	}
	if json.Valid(text) {
		walk(gjson.ParseBytes(text))
	}
	return found
}
