package harness

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// developerSteps speak of a developer who calls M-PESA's API without a gateway.
func (w *world) developerSteps() []step {
	return []step{
		{`^an app asks for a token with the key "([^"]*)" and the secret "([^"]*)"$`, func(ctx context.Context, key, secret string) {
			w.askToken(ctx, basic(key, secret), daraja.GrantType)
		}},
		{`^an app asks for a token without key and secret$`, func(ctx context.Context) {
			w.askToken(ctx, "", daraja.GrantType)
		}},
		{`^an app asks for a token of the kind "([^"]*)"$`, func(ctx context.Context, kind string) {
			w.askToken(ctx, basic("sandbox", "sandbox"), kind)
		}},
		{`^it gets a token that lasts (\d+) seconds$`, w.getsToken},
		{`^a developer pushes KES (\d+) to the customer$`, w.developerPushes},
		{`^a developer pushes KES (\d+) to the customer with the authorization "([^"]*)"$`, func(ctx context.Context, shillings int, authorization string) {
			w.callDaraja(ctx, daraja.STKPushPath, authorization, w.developersPush(shillings))
		}},
		{`^a developer pushes KES (\d+) to the customer with (\w+) "([^"]*)"$`, func(ctx context.Context, shillings int, field, value string) {
			body := w.developersPush(shillings)
			body[field] = value
			w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^a developer pushes KES (\d+) to the customer with another passkey$`, func(ctx context.Context, shillings int) {
			body := w.developersPush(shillings)
			sign(body, "another"+daraja.SandboxPasskey[7:])
			w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^a developer pushes KES (\d+) to the customer for the till (\d+) of store (\d+)$`, func(ctx context.Context, shillings int, till, store string) {
			body := w.developersPush(shillings)
			body["BusinessShortCode"], body["PartyB"], body["TransactionType"] = store, till, daraja.CustomerBuyGoodsOnline
			sign(body, daraja.SandboxPasskey)
			w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^M-PESA has sent the prompt$`, w.promptIsSent},
		{`^a developer asks what became of the prompt "([^"]*)"$`, w.query},
		{`^the developer asks what became of the prompt$`, func(ctx context.Context) {
			if w.pushed == "" {
				w.promptIsSent()
			}
			w.query(ctx, w.pushed)
		}},
		{`^M-PESA says that the result is (\d+) "([^"]*)"$`, w.resultIs},
	}
}

// askToken asks M-PESA for an access token.
func (w *world) askToken(ctx context.Context, authorization, kind string) {
	w.daraja = w.client.do(ctx, call{
		method: http.MethodGet, header: map[string]string{"Authorization": authorization},
		url: w.at.Simulator + daraja.TokenPath + "?grant_type=" + url.QueryEscape(kind),
	})
}

func basic(key, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))
}

func (w *world) getsToken(seconds int) {
	var t daraja.TokenResponse
	w.readAnswer(&t)
	failIf(t.AccessToken == "", "M-PESA answered %s", w.daraja)
	lasts, err := t.Lifetime()
	failIf(err != nil || lasts != time.Duration(seconds)*time.Second, "the token lasts %s", t.ExpiresIn)
}

// developersPush is a push that M-PESA takes.
func (w *world) developersPush(shillings int) map[string]any {
	body := map[string]any{
		"BusinessShortCode": daraja.SandboxShortcode,
		"Timestamp":         daraja.Timestamp(time.Now()),
		"TransactionType":   daraja.CustomerPayBillOnline,
		"Amount":            shillings,
		"PartyA":            w.phone,
		"PartyB":            daraja.SandboxShortcode,
		"PhoneNumber":       w.phone,
		"CallBackURL":       w.at.InboxForGateway + "/elsewhere",
		"AccountReference":  "another-shop",
		"TransactionDesc":   "another shop",
	}
	sign(body, daraja.SandboxPasskey)
	return body
}

// sign sets the password of a push.
func sign(body map[string]any, passkey string) {
	body["Password"] = daraja.Password(fmt.Sprint(body["BusinessShortCode"]), passkey, fmt.Sprint(body["Timestamp"]))
}

// callDaraja calls an API of M-PESA with a JSON body.
func (w *world) callDaraja(ctx context.Context, path, authorization string, body map[string]any) {
	w.daraja = w.client.do(ctx, call{
		method: http.MethodPost, url: w.at.Simulator + path, header: map[string]string{"Authorization": authorization},
		body: must(json.Marshal(body)),
	})
}

// callWithToken calls an API of M-PESA with a good token.
func (w *world) callWithToken(ctx context.Context, path string, body map[string]any) {
	w.askToken(ctx, basic("sandbox", "sandbox"), daraja.GrantType)
	var t daraja.TokenResponse
	w.readAnswer(&t)
	w.callDaraja(ctx, path, "Bearer "+t.AccessToken, body)
}

// readAnswer reads M-PESA's latest answer, which must be a success.
func (w *world) readAnswer(v any) {
	failIf(w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, v) != nil, "M-PESA answered %s", w.daraja)
}

func (w *world) developerPushes(ctx context.Context, shillings int) {
	w.callWithToken(ctx, daraja.STKPushPath, w.developersPush(shillings))
}

func (w *world) promptIsSent() {
	var ack daraja.STKPushAck
	w.readAnswer(&ack)
	failIf(ack.ResponseCode != "0", "M-PESA answered %s", w.daraja)
	w.pushed = ack.CheckoutRequestID
}

func (w *world) query(ctx context.Context, promptID string) {
	push := w.developersPush(1)
	w.callWithToken(ctx, daraja.STKQueryPath, map[string]any{
		"BusinessShortCode": push["BusinessShortCode"], "Password": push["Password"], "Timestamp": push["Timestamp"],
		"CheckoutRequestID": promptID,
	})
}

func (w *world) resultIs(code, words string) {
	var r daraja.STKQueryResult
	w.readAnswer(&r)
	failIf(string(r.ResultCode) != code || r.ResultDesc != words, "M-PESA says that the result is %s %q", r.ResultCode, r.ResultDesc)
}

// refusalSteps speak of what M-PESA refuses, and of why.
func (w *world) refusalSteps() []step {
	return []step{
		{`^M-PESA refuses with "([^"]*)"$`, func(words string) {
			e, ok := daraja.ParseError(w.daraja.status, w.daraja.body)
			failIf(!ok || w.daraja.status < 400 || e.Message != words, "M-PESA answered %s", w.daraja)
		}},
		{`^M-PESA refuses without a word$`, func() {
			failIf(w.daraja.status != 400 || len(w.daraja.body) > 0, "M-PESA answered %s", w.daraja)
		}},
		{`^the simulator explains "([^"]*)"$`, w.simulatorExplains},
	}
}

// simulatorExplains looks for the reason that a developer finds in the journal.
func (w *world) simulatorExplains(ctx context.Context, reason string) {
	w.eventually(ctx, func(ctx context.Context) {
		last := "nothing"
		for _, r := range w.recent(ctx) {
			if r.Status >= 400 {
				last = r.Reason
			}
		}
		failIf(!strings.Contains(last, reason), "the simulator explains: %s", last)
	})
}
