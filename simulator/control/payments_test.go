package control_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
	"github.com/darajabox/darajabox/simulator/product/stk"
)

// refused puts a push on record that was refused.
func (w *fakeWorld) refused(number string) uint64 {
	return w.journal.Add(journal.Record{
		At: w.clock.Now().In(daraja.EAT()), Kind: journal.KindRequest, API: stk.APIPush, Phone: number, Reference: "INV-2", Amount: "20", Shortcode: "174379",
		Method: "POST", URL: daraja.STKPushPath, Status: 500, ErrorCode: "500.001.1001", Reason: "the password is of another passkey",
		Request: []byte(`{}`), Response: []byte(`{"requestId":"1","errorCode":"500.001.1001","errorMessage":"Wrong credentials"}`),
	})
}

func (r *rig) advance(by string) {
	r.t.Helper()
	r.get(200, "POST", "/clock/advance", `{"by": "`+by+`"}`)
}

// listed is the ids of a page, or the records of refused pushes.
func listed(page map[string]any) string {
	var ids []string
	for _, p := range page["payments"].([]any) {
		p := p.(map[string]any)
		if p["id"] == "" {
			ids = append(ids, fmt.Sprint("record ", p["record"]))
			continue
		}
		ids = append(ids, fmt.Sprint(p["id"], " ", p["status"]))
	}
	return strings.Join(ids, ", ")
}

func TestPayments(t *testing.T) {
	r := start(t)
	r.steps([]step{{"GET", "/payments", "", 200, `{"payments":[],"next":""}`}})
	w := r.world()
	paid := w.push(t, phone)
	r.advance("10s")
	w.refused("0712345678")
	wrong := w.push(t, "254700002001")
	r.advance("10s")
	open := w.push(t, phone)
	r.steps([]step{
		{"GET", "/payments?limit=1", "", 200, fmt.Sprintf(`{"payments":[{"id":%q,"record":%d,"at":"2026-11-24T12:00:20+03:00","ended_at":null,"phone":"254712345678","name":"Grace Mwende","shortcode":"174379",`+
			`"amount_cents":15000,"reference":"INV-1","status":"waiting","status_text":"waiting for the customer","result_code":"","result_desc":"","receipt":"","decided_by":""}],"next":"3.%d"}`, open, 8, 9)},
		{"GET", "/payments?status=refused", "", 200, `{"payments":[{"id":"","record":4,"at":"2026-11-24T12:00:10+03:00","ended_at":"2026-11-24T12:00:10+03:00","phone":"254712345678","name":"","shortcode":"174379",` +
			`"amount_cents":2000,"reference":"INV-2","status":"refused","status_text":"the password is of another passkey","result_code":"","result_desc":"Wrong credentials","receipt":"","decided_by":""}],"next":""}`},
		{"GET", "/payments?status=wrong_pin", "", 200, `…"status_text":"wrong PIN","result_code":"2001","result_desc":"The initiator information is invalid.","receipt":"","decided_by":"the phone number"}],"next":""}`},
		{"GET", "/payments?status=pyaid", "", 400, `…did you mean paid?"`},
		{"GET", "/payments?phone=12", "", 400, `…is not a phone number`},
		{"GET", "/payments?limit=0", "", 400, `…limit is \"0\"; it must be a number from 1 to 500`},
		{"GET", "/payments?before=x", "", 400, `…it must be the next of an earlier page`},
	})
	all := fmt.Sprintf("%s waiting, %s wrong_pin, record 4, %s paid", open, wrong, paid)
	if got := listed(r.get(200, "GET", "/payments", "")); got != all {
		t.Errorf("listed are %s, want %s", got, all)
	}
	if got, want := listed(r.get(200, "GET", "/payments?phone=0712345678&status=paid", "")), paid+" paid"; got != want {
		t.Errorf("listed are %s, want %s", got, want)
	}
	if got, want := listed(r.get(200, "GET", "/payments?phone=0700002001", "")), wrong+" wrong_pin"; got != want {
		t.Errorf("listed are %s, want %s", got, want)
	}
	w.journal.Reset()
	if got, want := listed(r.get(200, "GET", "/payments", "")), strings.Replace(all, "record 4, ", "", 1); got != want {
		t.Errorf("with an empty journal listed are %s, want %s", got, want)
	}
}

// Whatever the length of a page, each payment is on one of them, in one order, though
// others are made meanwhile.
func TestPagesOfPayments(t *testing.T) {
	for limit := 1; limit <= 12; limit++ {
		r := start(t)
		w := r.world()
		var want []string
		for i := range 9 {
			if i%3 == 1 {
				want = append(want, fmt.Sprint("record ", w.refused(phone)))
				continue
			}
			want = append(want, w.push(t, fmt.Sprintf("25471000000%d", i))+" waiting")
		}
		var got []string
		for next := ""; ; {
			page := r.get(200, "GET", fmt.Sprintf("/payments?limit=%d&before=%s", limit, next), "")
			if ids := listed(page); ids != "" {
				got = append(got, strings.Split(ids, ", ")...)
			}
			if next = page["next"].(string); next == "" {
				break
			}
			w.push(t, fmt.Sprintf("2547200000%02d", len(got)))
			w.refused(phone)
		}
		for i := range want {
			if len(got) != len(want) || got[len(got)-1-i] != want[i] {
				t.Fatalf("in pages of %d:\n%v, backwards want\n%v", limit, got, want)
			}
		}
	}
}

// texts are the kinds and texts of a timeline.
func texts(detail map[string]any) string {
	var all []string
	for _, h := range detail["timeline"].([]any) {
		h := h.(map[string]any)
		all = append(all, fmt.Sprintf("%s: %s", h["kind"], h["text"]))
	}
	return strings.Join(all, "\n")
}

func TestTimeline(t *testing.T) {
	r := start(t)
	w := r.world()
	r.get(200, "POST", "/phones/0712345678/attend", "")
	id := w.push(t, phone)
	r.advance("3s")
	w.journal.Add(journal.Record{
		At: w.clock.Now().In(daraja.EAT()), Kind: journal.KindRequest, API: stk.APIQuery, Payment: id, Method: "POST", URL: daraja.STKQueryPath, Status: 200,
		Request: journal.RawBody(nil), Response: []byte(`{"ResultCode":"4999"}`),
	})
	before := texts(r.get(200, "GET", "/payments/"+id, ""))
	r.get(200, "POST", "/phones/0712345678/pin", `{"pin": "4321"}`)
	r.advance("1h")
	w.push(t, phone)
	r.get(200, "POST", "/phones/0712345678/cancel", "")
	want := `request: push accepted, answered with HTTP 200
prompt: prompt on the phone of Grace Mwende
query: status query: answered with HTTP 200, result 4999`
	if before != want {
		t.Errorf("while it is open:\n%s\nwant\n%s", before, want)
	}
	detail := r.get(200, "GET", "/payments/"+id, "")
	want += `
action: the customer entered a PIN
prompt: prompt ended: paid (result 0), decided by the person at the phone
sms: SMS to the customer: ` + w.domain.Phone(phone).Messages[0].Text + `
callback: callback to http://127.0.0.1:9/callback answered with HTTP 200`
	if got := texts(detail); got != want {
		t.Errorf("at the end:\n%s\nwant\n%s", got, want)
	}
	if detail["status"] != "paid" || detail["receipt"] == "" || detail["ended_at"] != "2026-11-24T12:00:03+03:00" || detail["record"] == 0.0 {
		t.Errorf("the payment is %v", detail)
	}
	for _, h := range detail["timeline"].([]any) {
		h := h.(map[string]any)
		if kind := h["kind"]; (h["record"] == 0.0) != (kind == "prompt" || kind == "sms") {
			t.Errorf("%v", h)
		}
	}
}

// Of two payments on one phone that ended in the same moment, each shows its own SMS.
func TestTimelineShowsThePaymentsOwnMessage(t *testing.T) {
	r := start(t)
	w := r.world()
	r.get(200, "POST", "/phones/0712345678/attend", "")
	ids := []string{w.push(t, phone)}
	r.get(200, "POST", "/phones/0712345678/pin", `{"pin": "4321"}`)
	r.get(200, "PUT", "/phones/0712345678", `{"balance_cents": 100}`)
	ids = append(ids, w.push(t, phone))
	r.get(200, "POST", "/phones/0712345678/pin", `{"pin": "4321"}`)
	for i, want := range []string{"paid", "no_money"} {
		detail, sms := r.get(200, "GET", "/payments/"+ids[i], ""), w.domain.Phone(phone).Messages[i].Text
		if got := texts(detail); detail["status"] != want || strings.Count(got, "sms: ") != 1 || !strings.Contains(got, "\nsms: SMS to the customer: "+sms) {
			t.Errorf("the payment is %v, want %s and the message %q:\n%s", detail["status"], want, sms, got)
		}
	}
}

// The end of a payment says what was wrong with its push, where the result does not.
func TestTimelineGivesTheReason(t *testing.T) {
	r := start(t)
	w := r.world()
	id := w.push(t, phone, func(p *daraja.STKPush) { p.PartyB = "999999" })
	r.advance("10s")
	want := "prompt ended: not permitted for this shortcode (result 2028): PartyB is 999999; for the paybill 174379 with CustomerPayBillOnline it must be the paybill itself, 174379"
	if got := texts(r.get(200, "GET", "/payments/"+id, "")); !strings.Contains(got, want) {
		t.Errorf("%s\nhas no %s", got, want)
	}
}

// A journal that was emptied leaves what the world knows.
func TestTimelineWithoutJournal(t *testing.T) {
	r := start(t)
	id := r.world().push(t, phone)
	r.advance("10s")
	r.world().journal.Reset()
	detail := r.get(200, "GET", "/payments/"+id, "")
	if got := texts(detail); !strings.HasPrefix(got, "prompt: prompt on the phone of Grace Mwende\nprompt: prompt ended: paid (result 0)\nsms: ") || detail["record"] != 0.0 {
		t.Errorf("%v\n%s", detail, got)
	}
}

func TestTimelineOfARefusedPush(t *testing.T) {
	r := start(t)
	seq := r.world().refused(phone)
	detail := r.get(200, "GET", fmt.Sprint("/payments/", seq), "")
	if got, want := texts(detail), "request: push refused: the password is of another passkey"; got != want || detail["status"] != "refused" {
		t.Errorf("%s, want %s in %v", got, want, detail)
	}
	accepted := r.world().push(t, "254711111111")
	r.steps([]step{
		{"GET", "/payments/ws_CO_1", "", 404, `…there is no payment \"ws_CO_1\"`},
		{"GET", "/payments/77", "", 404, `…record 77 of the journal is no push that was refused`},
		{"GET", fmt.Sprint("/payments/", seq+1), "", 404, `…is no push that was refused`},
		{"GET", "/worlds/none/payments/" + accepted, "", 404, `…there is no world`},
	})
}

// A push that a rule answers with 200 in the place of Daraja is not said to be made.
func TestAPushThatARuleAnswers(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"POST", "/queue", `{"api":"stkpush","then":{"reply":{"raw":{"status":200,"body":"{}"}}}}`, 201, "…"},
		{"POST", "/payments", `{"phone":"` + phone + `","amount":150}`, 422, "…the push was answered with HTTP 200 and not carried out: a raw answer stands in the place of the right one"},
	})
	seq := r.world().journal.Find(journal.Filter{Newest: true, Limit: 1}).Records[0].Seq
	const want = "request: push answered with HTTP 200, not carried out: a raw answer stands in the place of the right one"
	if got := texts(r.get(200, "GET", fmt.Sprint("/payments/", seq), "")); !strings.HasPrefix(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
}

// A stream tells of payments as they begin and end, and of edits.
func TestEventsOfPaymentsAndEdits(t *testing.T) {
	s, worlds := server(t, control.Config{Products: products()}, nil)
	l := listen(t, s.URL+"/events")
	w := worlds.all[0]
	is := func(what, id, number string) {
		t.Helper()
		if _, data := l.until("payment"); data["id"] != id || data["phone"] != number || len(data) != 2 {
			t.Errorf("%s: told is %v, want %s of %s", what, data, id, number)
		}
	}
	id := w.push(t, phone)
	is("begun", id, phone)
	w.refused("0712345678")
	is("refused", "", "0712345678")
	if err := w.domain.Act(phone, simulator.PhoneAction{Kind: simulator.ActionCancel}); err != nil {
		t.Fatal(err)
	}
	is("ended", id, phone)
	on := true
	if _, err := w.domain.EditCustomer("254711111111", simulator.CustomerEdit{On: &on}); err != nil {
		t.Fatal(err)
	}
	if _, data := l.until("phone"); data["phone"] != "254711111111" {
		t.Errorf("told is %v", data)
	}
	if err := w.domain.ChangeSettings(map[string]string{"think_time": "5s"}); err != nil {
		t.Fatal(err)
	}
	l.until("settings")
	if err := w.domain.Apply(simulator.Setup{Settings: map[string]string{"think_time": "6s"}}); err != nil {
		t.Fatal(err)
	}
	l.until("settings")
}
