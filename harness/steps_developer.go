package harness

import (
	"cmp"
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
		{`^an app asks for a token with the key "([^"]*)" and the secret "([^"]*)"$`, func(ctx context.Context, key, secret string) error {
			return w.askToken(ctx, basic(key, secret), daraja.GrantType)
		}},
		{`^an app asks for a token without key and secret$`, func(ctx context.Context) error {
			return w.askToken(ctx, "", daraja.GrantType)
		}},
		{`^an app asks for a token of the kind "([^"]*)"$`, func(ctx context.Context, kind string) error {
			return w.askToken(ctx, basic("sandbox", "sandbox"), kind)
		}},
		{`^it gets a token that lasts (\d+) seconds$`, w.getsToken},
		{`^a developer pushes KES (\d+) to the customer$`, w.developerPushes},
		{`^a developer pushes KES (\d+) to the customer with the authorization "([^"]*)"$`, func(ctx context.Context, shillings int, authorization string) error {
			return w.callDaraja(ctx, daraja.STKPushPath, authorization, w.developersPush(shillings))
		}},
		{`^a developer pushes KES (\d+) to the customer with (\w+) "([^"]*)"$`, func(ctx context.Context, shillings int, field, value string) error {
			body := w.developersPush(shillings)
			body[field] = value
			return w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^a developer pushes KES (\d+) to the customer with another passkey$`, func(ctx context.Context, shillings int) error {
			body := w.developersPush(shillings)
			sign(body, "another"+daraja.SandboxPasskey[7:])
			return w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^a developer pushes KES (\d+) to the customer for the till (\d+) of store (\d+)$`, func(ctx context.Context, shillings int, till, store string) error {
			body := w.developersPush(shillings)
			body["BusinessShortCode"], body["PartyB"], body["TransactionType"] = store, till, daraja.CustomerBuyGoodsOnline
			sign(body, daraja.SandboxPasskey)
			return w.callWithToken(ctx, daraja.STKPushPath, body)
		}},
		{`^M-PESA has sent the prompt$`, w.promptIsSent},
		{`^a developer asks what became of the prompt "([^"]*)"$`, w.query},
		{`^the developer asks what became of the prompt$`, func(ctx context.Context) error {
			if w.pushed == "" {
				if err := w.promptIsSent(); err != nil {
					return err
				}
			}
			return w.query(ctx, w.pushed)
		}},
		{`^M-PESA says that the result is (\d+) "([^"]*)"$`, w.resultIs},
	}
}

// askToken asks M-PESA for an access token.
func (w *world) askToken(ctx context.Context, authorization, kind string) error {
	var err error
	w.daraja, err = w.client.do(ctx, call{
		method: http.MethodGet, header: map[string]string{"Authorization": authorization},
		url: w.at.Simulator + daraja.TokenPath + "?grant_type=" + url.QueryEscape(kind),
	})
	return err
}

func basic(key, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))
}

func (w *world) getsToken(seconds int) error {
	var t daraja.TokenResponse
	if w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, &t) != nil || t.AccessToken == "" {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	if lasts, err := t.Lifetime(); err != nil || lasts != time.Duration(seconds)*time.Second {
		return fmt.Errorf("the token lasts %s", t.ExpiresIn)
	}
	return nil
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
func (w *world) callDaraja(ctx context.Context, path, authorization string, body map[string]any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	w.daraja, err = w.client.do(ctx, call{
		method: http.MethodPost, url: w.at.Simulator + path, header: map[string]string{"Authorization": authorization}, body: raw,
	})
	return err
}

// callWithToken calls an API of M-PESA with a good token.
func (w *world) callWithToken(ctx context.Context, path string, body map[string]any) error {
	if err := w.askToken(ctx, basic("sandbox", "sandbox"), daraja.GrantType); err != nil {
		return err
	}
	var t daraja.TokenResponse
	if err := json.Unmarshal(w.daraja.body, &t); err != nil {
		return fmt.Errorf("asking for a token: %s", w.daraja)
	}
	return w.callDaraja(ctx, path, "Bearer "+t.AccessToken, body)
}

func (w *world) developerPushes(ctx context.Context, shillings int) error {
	return w.callWithToken(ctx, daraja.STKPushPath, w.developersPush(shillings))
}

func (w *world) promptIsSent() error {
	var ack daraja.STKPushAck
	if w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, &ack) != nil || ack.ResponseCode != "0" {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	w.pushed = ack.CheckoutRequestID
	return nil
}

func (w *world) query(ctx context.Context, promptID string) error {
	push := w.developersPush(1)
	return w.callWithToken(ctx, daraja.STKQueryPath, map[string]any{
		"BusinessShortCode": push["BusinessShortCode"], "Password": push["Password"], "Timestamp": push["Timestamp"],
		"CheckoutRequestID": promptID,
	})
}

func (w *world) resultIs(code, words string) error {
	var r daraja.STKQueryResult
	if w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, &r) != nil {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	return failIf(string(r.ResultCode) != code || r.ResultDesc != words, "M-PESA says that the result is %s %q", r.ResultCode, r.ResultDesc)
}

// refusalSteps speak of what M-PESA refuses, and of why.
func (w *world) refusalSteps() []step {
	return []step{
		{`^M-PESA refuses with "([^"]*)"$`, func(words string) error {
			e, ok := daraja.ParseError(w.daraja.status, w.daraja.body)
			return failIf(!ok || w.daraja.status < 400 || e.Message != words, "M-PESA answered %s", w.daraja)
		}},
		{`^M-PESA refuses without a word$`, func() error {
			return failIf(w.daraja.status != 400 || len(w.daraja.body) > 0, "M-PESA answered %s", w.daraja)
		}},
		{`^the simulator explains "([^"]*)"$`, w.simulatorExplains},
	}
}

// simulatorExplains looks for the reason that a developer finds in the journal.
func (w *world) simulatorExplains(ctx context.Context, reason string) error {
	return w.eventually(ctx, func(ctx context.Context) error {
		requests, err := w.recent(ctx)
		last := "nothing"
		for _, r := range requests {
			if r.Status >= 400 {
				last = r.Reason
			}
		}
		return cmp.Or(err, failIf(!strings.Contains(last, reason), "the simulator explains: %s", last))
	})
}
