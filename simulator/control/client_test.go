package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/darajabox/darajabox/simulator/control/client"
)

// RoundTrip implements http.RoundTripper: a client without a network, whose requests and
// answers are held against openapi.yaml.
func (r *rig) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		body, _ = io.ReadAll(req.Body)
	}
	w := r.ask(req.Method, req.URL.RequestURI(), string(body))
	return &http.Response{
		StatusCode: w.Code, Status: fmt.Sprint(w.Code, " ", http.StatusText(w.Code)), Header: w.Header(), Body: io.NopCloser(bytes.NewReader(w.Body.Bytes())),
	}, nil
}

// Every method of the client asks for what openapi.yaml describes, and understands the
// answer.
func TestClient(t *testing.T) {
	r := start(t)
	r.world().push(t, "254711111111")
	callback := r.world().callbackOf(t, "254711111111")
	c := client.New("http://127.0.0.1:7071", &http.Client{Transport: r}).In("default")
	ctx, amount, name, seed := t.Context(), int64(150), "Jane", int64(7)
	at := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	stream := func(body io.ReadCloser, err error) error {
		if err == nil {
			_, err = io.Copy(io.Discard, body)
		}
		return err
	}
	for _, step := range []struct {
		name string
		call func() error
	}{
		{"create", func() error {
			_, err := c.CreateWorld(ctx, client.NewWorld{ID: "b", Seed: &seed, Clock: &client.NewClock{Frozen: true, At: &at}, Settings: map[string]string{"think_time": "1s"}})
			return err
		}},
		{"worlds", asked(ctx, c.Worlds)},
		{"world", asked(ctx, c.World)},
		{"delete", func() error { return c.In("b").DeleteWorld(ctx) }},
		{"settings", asked(ctx, c.Settings)},
		{"change settings", func() error { _, err := c.ChangeSettings(ctx, map[string]string{"think_time": "3s"}); return err }},
		{"snapshot", func() error { _, err := c.TakeSnapshot(ctx, "before"); return err }},
		{"snapshots", asked(ctx, c.Snapshots)},
		{"restore", func() error { return c.Restore(ctx, "s-1") }},
		{"freeze", asked(ctx, c.FreezeClock)},
		{"advance", func() error { _, err := c.AdvanceClock(ctx, 1500*time.Millisecond); return err }},
		{"advance to", func() error {
			now, err := c.Clock(ctx)
			if err == nil {
				_, err = c.AdvanceClockTo(ctx, now.Now.Add(time.Second))
			}
			return err
		}},
		{"phones", asked(ctx, c.Phones)},
		{"phone", func() error { _, err := c.Phone(ctx, phone); return err }},
		{"certificate", asked(ctx, c.Certificate)},
		{"edit", func() error { _, err := c.EditPhone(ctx, phone, client.PhoneEdit{Name: &name}); return err }},
		{"attend", func() error { _, err := c.Attend(ctx, phone, true); return err }},
		{"pay", func() error { _, err := c.Pay(ctx, client.NewPayment{Phone: phone, Amount: &amount}); return err }},
		{"cancel", func() error { _, err := c.Act(ctx, phone, "cancel", time.Second); return err }},
		{"pay again", func() error { _, err := c.Pay(ctx, client.NewPayment{Phone: phone, Amount: &amount}); return err }},
		{"pin", func() error { _, err := c.EnterPIN(ctx, phone, "", 0); return err }},
		{"payments", func() error { _, err := c.Payments(ctx, client.PaymentFilter{Status: "paid", Limit: 5}); return err }},
		{"payment", func() error { _, err := c.Payment(ctx, r.world().paymentOf("254711111111")); return err }},
		{"ledger", func() error { _, err := c.Ledger(ctx); return err }},
		{"enqueue", func() error {
			_, err := c.Enqueue(ctx, client.NewQueued{Phone: phone, Times: 2, Then: json.RawMessage(`{"result": 1032}`)})
			return err
		}},
		{"products", asked(ctx, c.Products)},
		{"action", func() error {
			_, err := c.Do(ctx, "diary", "write", map[string]string{"phone": "254711111111", "line": "x"})
			return err
		}},
		{"queue", asked(ctx, c.Queue)},
		{"clear queue", func() error { return c.ClearQueue(ctx) }},
		{"callbacks", asked(ctx, c.Callbacks)},
		{"hold", func() error { return c.HoldCallbacks(ctx) }},
		{"release", func() error { return c.ReleaseCallbacks(ctx) }},
		{"resend", func() error { return c.ResendCallback(ctx, callback) }},
		{"load", func() error { _, err := c.LoadScenario(ctx, "mine.yaml", mine); return err }},
		{"load ready", func() error { _, err := c.LoadReadyScenario(ctx, "cancelled"); return err }},
		{"unload", func() error { return c.UnloadScenario(ctx) }},
		{"records", func() error { _, err := c.Records(ctx, "request", 0); return err }},
		{"record", func() error { _, err := c.Record(ctx, 1); return err }},
		{"newest", func() error { _, err := c.LatestRecords(ctx, 2); return err }},
		{"export", func() error { return stream(c.Export(ctx, "har", url.Values{"kind": {"request"}})) }},
		{"verify", func() error { _, err := c.Verify(ctx, map[string]any{}, 0); return err }},
		{"wait", func() error {
			_, err := c.Wait(ctx, map[string]any{"reference": "NONE"}, nil, time.Millisecond)
			return err
		}},
		{"clear journal", func() error { return c.ClearJournal(ctx) }},
		{"run", func() error { _, err := c.RunClock(ctx, 60); return err }},
		{"reset", func() error { return c.Reset(ctx) }},
	} {
		if err := step.call(); err != nil {
			t.Errorf("%s: %v", step.name, err)
		}
	}
}

func asked[T any](ctx context.Context, ask func(context.Context) (T, error)) func() error {
	return func() error {
		_, err := ask(ctx)
		return err
	}
}

// A refusal has the mistakes of the scenario that was sent.
func TestClientGetsTheFaults(t *testing.T) {
	r := start(t)
	c := client.New("http://127.0.0.1:7071", &http.Client{Transport: r})
	_, err := c.LoadScenario(t.Context(), "shop.yaml", "rules:\n  - them: {}\n")
	if faults := client.ScenarioErrors(err); len(faults) != 1 || faults[0].Line != 2 || faults[0].Nearest != `"then"` || faults[0].File != "shop.yaml" {
		t.Errorf("%v has the faults %+v", err, faults)
	}
}
