package inbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/startpage"
)

// maxFront is how many webhooks the page for browsers lists.
const maxFront = 100

// front is what a browser sees at /: the latest webhooks, without the customers'
// numbers, and what a program can ask for.
func (in *Inbox) front(*http.Request) startpage.Page {
	received := startpage.Section{Title: "Received", Text: "No webhook has come yet. Reload this page after a payment."}
	if rows := in.frontRows(); len(rows) > 0 {
		received.Text = "The latest webhooks, newest first. Reload this page for more."
		received.Head = []string{"Time (EAT)", "Status", "Signature", "Answered", "Transaction", "Amount", "Receipt"}
		received.Rows = rows
	}
	return startpage.Page{
		Title: "Inbox",
		Lead:  "This port plays your shop: it takes the webhooks that the gateway sends to /webhook, and answers them well or badly, as a test wants it.",
		Sections: []startpage.Section{
			received,
			{Title: "For tests", Rows: [][]string{
				{"GET /received", "all webhooks that are kept; ?path=/webhook/a, ?transaction_id=7 choose, ?wait=5s waits for one"},
				{"DELETE /received", "forgets them; the same ?path= and ?transaction_id= choose"},
				{"PUT /behaviour", "how the next webhooks are answered, such as the body below"},
				{"DELETE /behaviour", "answers with 200 again; ?path= chooses"},
			}, Code: `{"path": "/webhook", "status": 500, "times": 3}`},
		},
	}
}

// frontRows are the latest webhooks, newest first.
func (in *Inbox) frontRows() [][]string {
	all := in.store.find(filter{})
	var rows [][]string
	for i := len(all) - 1; i >= 0 && len(rows) < maxFront; i-- {
		w := all[i]
		fields, answered := objectFields(w.Body), "dropped"
		if w.Answered != 0 {
			answered = strconv.Itoa(w.Answered)
		}
		signature := w.signature
		if signature == "" {
			signature = "not checked"
		}
		rows = append(rows, []string{
			w.At.In(daraja.EAT()).Format(time.DateTime), printed(fields["status"]), signature, answered,
			printed(fields["transaction_id"]), printed(fields["amount"]), printed(fields["mpesa_receipt"]),
		})
	}
	return rows
}

// printed is a value of a webhook's body, cut to what a row has room for.
func printed(raw json.RawMessage) string {
	const most = 48
	s := text(raw)
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return cmp.Or(s, "-")
}
