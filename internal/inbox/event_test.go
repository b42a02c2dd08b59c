package inbox

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/internal/activity"
)

func TestLine(t *testing.T) {
	for name, c := range map[string]struct {
		body      string
		signature string
		answered  int
		want      string
	}{
		"paid": {paid, "ok", 200, "-             KES 150.00      2547XXXXX149  successful, transaction 102, receipt RKT7S9T2UB, signature ok; answered 200"},
		"failed": {`{"transaction_id":7,"result_code":1032,"amount":1500,"mpesa_receipt":null,"phone":254700001032,"status":"failed"}`, "bad", 503,
			"-             KES 1,500.00    2547XXXXX032  failed: cancelled by the customer, transaction 7, signature bad; answered 503"},
		"unlisted result": {`{"transaction_id":8,"result_code":4242,"result_desc":"Something else.","status":"failed"}`, "", 200,
			"failed: result 4242 Something else., transaction 8; answered 200"},
		"closed":        {`{"status":"successful"}`, "", 0, "successful; not answered: the connection was closed"},
		"empty":         {`{}`, "none", 200, "the body has no status, signature none; answered 200"},
		"local number":  {`{"phone":"0708 374 149"}`, "", 200, "-             -               2547XXXXX149  the body has no status; answered 200"},
		"no number":     {`{"phone":"25470837414"}`, "", 200, "-             -               XXXXXXXXXXX   the body has no status; answered 200"},
		"not an object": {`[254708374149]`, "", 200, "the body is not a JSON object; answered 200"},
		"nested":        {`{"status":{"a":1}}`, "", 200, `{"a":1}; answered 200`},
	} {
		e, _ := Webhook{At: noon(), Body: json.RawMessage(c.body), Answered: c.answered, signature: c.signature}.event()
		if got := e.Line(); got != "15:00:00 EAT  webhook   "+c.want+"\n" {
			t.Errorf("%s:\n got %swant %s", name, got, c.want)
		}
	}
}

func TestEveryWebhookIsPrinted(t *testing.T) {
	in, out := start(t, nil)
	do(t, in, "POST", "/webhook", paid)
	do(t, in, "POST", "/webhook/b", "not JSON")
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 3 || !strings.Contains(lines[0], "transaction 102") || !strings.Contains(lines[1], "not a JSON object") {
		t.Errorf("printed %q", lines)
	}
	if strings.Contains(out.String(), "254708374149") {
		t.Errorf("the phone is printed: %s", out)
	}
}

// A report has the prompt's id, which finds what a webhook does not say.
func TestReport(t *testing.T) {
	var reported []activity.Event
	var ids []string
	in, out := start(t, func(in *Inbox) {
		in.cfg.Report = func(e activity.Event, checkoutID string) {
			reported, ids = append(reported, e), append(ids, checkoutID)
		}
	})
	do(t, in, "POST", "/webhook", paid)
	if len(reported) != 1 || reported[0].TransactionID != "102" || ids[0] != "ws_CO_22052025084523789" {
		t.Errorf("reported %+v of %q", reported, ids)
	}
	if out.String() != "" {
		t.Errorf("printed %q too", out)
	}
}
