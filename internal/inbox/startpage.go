package inbox

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/internal/startpage"
)

// maxRows is how many webhooks the page for browsers lists.
const maxRows = 100

// startPage is what a browser sees at /: the latest webhooks, without the customers'
// numbers, and what a program can ask for.
func (in *Inbox) startPage(*http.Request) startpage.Page {
	received := startpage.Section{Title: "Received", Text: "No webhook has come yet. Reload this page after a payment."}
	if webhooks := in.Received(); len(webhooks) > 0 {
		received.Text = "The latest webhooks, newest first. Reload this page for more."
		received.Head = []string{"Time (EAT)", "Status", "Signature", "Answered", "Transaction", "Amount", "Receipt"}
		latest := webhooks[max(0, len(webhooks)-maxRows):]
		for _, w := range slices.Backward(latest) {
			received.Rows = append(received.Rows, w.row())
		}
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

// row is a webhook in the table of the page.
func (w Webhook) row() []string {
	answered := "dropped"
	if w.Answered != 0 {
		answered = strconv.Itoa(w.Answered)
	}
	fields := objectFields(w.Body)
	return []string{
		w.At.In(daraja.EAT()).Format(time.DateTime), cell(fields["status"]), cmp.Or(w.signature, "not checked"), answered,
		cell(fields["transaction_id"]), cell(fields["amount"]), cell(fields["mpesa_receipt"]),
	}
}

// cell is a value of a webhook's body, cut to the width of a column.
func cell(raw json.RawMessage) string {
	const width = 48
	s := text(raw)
	if r := []rune(s); len(r) > width {
		return string(r[:width]) + "…"
	}
	return cmp.Or(s, "-")
}
