package inbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestOldestGoFirst(t *testing.T) {
	s := store{maxCount: 3, maxBytes: 1 << 20, changed: make(chan struct{})}
	for range 5 {
		s.add(Webhook{})
	}
	if got := s.find(filter{}); len(got) != 3 || got[0].Seq != 3 || got[2].Seq != 5 {
		t.Errorf("kept %+v", got)
	}
}

// The store holds the newest webhooks, as many as fit, and knows their size.
func TestStoreStaysWithinItsLimits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := store{maxCount: 5, maxBytes: 100, changed: make(chan struct{})}
		for range rapid.IntRange(0, 30).Draw(t, "webhooks") {
			s.add(Webhook{
				Path: rapid.SampledFrom([]string{"/webhook", "/webhook/a"}).Draw(t, "path"),
				Body: make(json.RawMessage, rapid.IntRange(0, 60).Draw(t, "size")),
			})
			if rapid.IntRange(0, 9).Draw(t, "forget") == 0 {
				s.forget(filter{path: "/webhook/a"})
			}
			kept, size := s.find(filter{}), 0
			for i, w := range kept {
				size += w.size()
				if i > 0 && w.Seq <= kept[i-1].Seq {
					t.Fatalf("out of order: %d after %d", w.Seq, kept[i-1].Seq)
				}
			}
			if size != s.bytes || len(kept) > s.maxCount || (size > s.maxBytes && len(kept) > 1) {
				t.Fatalf("%d kept, %d bytes, counted as %d", len(kept), size, s.bytes)
			}
		}
	})
}

func TestLine(t *testing.T) {
	for name, c := range map[string]struct {
		body     string
		answered int
		want     string
	}{
		"paid": {paid, 200, "transaction_id=102 status=successful result_code=0 amount=150 phone=2547XXXXX149 receipt=RKT7S9T2UB answered=200"},
		"failed": {`{"transaction_id":7,"result_code":1032,"amount":150,"mpesa_receipt":null,"phone":254708374149,"status":"failed"}`, 503,
			"transaction_id=7 status=failed result_code=1032 amount=150 phone=2547XXXXX149 receipt=- answered=503"},
		"dropped":         {`{}`, 0, "transaction_id=- status=- result_code=- amount=- phone=- receipt=- answered=dropped"},
		"local number":    {`{"phone":"0708 374 149"}`, 200, "transaction_id=- status=- result_code=- amount=- phone=2547XXXXX149 receipt=- answered=200"},
		"no number":       {`{"phone":"25470837414"}`, 200, "transaction_id=- status=- result_code=- amount=- phone=XXXXXXXXXXX receipt=- answered=200"},
		"not an object":   {`[254708374149]`, 200, "(its body is not a JSON object) answered=200"},
		"not JSON":        {`"phone=254708374149"`, 200, "(its body is not a JSON object) answered=200"},
		"terminal tricks": {`{"status":"a\nb\u001b[2J c"}`, 200, `transaction_id=- status="a\nb\x1b[2J c" result_code=- amount=- phone=- receipt=- answered=200`},
		"nested":          {`{"status":{"a":1}}`, 200, `transaction_id=- status="{\"a\":1}" result_code=- amount=- phone=- receipt=- answered=200`},
		"long":            {`{"status":"` + strings.Repeat("é", 1000) + `"}`, 200, "transaction_id=- status=" + strings.Repeat("é", maxPrinted) + "… result_code=- amount=- phone=- receipt=- answered=200"},
	} {
		got := line(Webhook{At: noon(), Body: json.RawMessage(c.body), Answered: c.answered})
		if got != "webhook 12:00:00 "+c.want+"\n" {
			t.Errorf("%s:\n got %s want webhook 12:00:00 %s", name, got, c.want)
		}
	}
}

// Whatever a body holds, its line is one line, and a phone number is not on it.
func TestLineIsOneLineWithoutThePhone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		phone := fmt.Sprintf("254%09d", rapid.IntRange(100_000_000, 799_999_999).Draw(t, "phone"))
		body, err := json.Marshal(map[string]any{"phone": phone, "status": rapid.String().Draw(t, "status")})
		if err != nil {
			t.Fatal(err)
		}
		got := line(Webhook{Body: body, Answered: 200})
		if strings.Count(got, "\n") != 1 || !strings.HasSuffix(got, "\n") || strings.ContainsAny(got, "\r\x1b\u2028") || strings.Contains(got, phone) {
			t.Fatalf("printed %q", got)
		}
	})
}

func TestEveryWebhookIsPrinted(t *testing.T) {
	in, out := start(t, nil)
	do(t, in, "POST", "/webhook", paid)
	do(t, in, "POST", "/webhook/b", "not JSON")
	lines := strings.SplitAfter(out.String(), "\n")
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "webhook 12:00:00 transaction_id=102 ") || !strings.HasPrefix(lines[1], "webhook 12:00:00 (") {
		t.Errorf("printed %q", lines)
	}
	if strings.Contains(out.String(), "254708374149") {
		t.Errorf("the phone is printed: %s", out)
	}
}
