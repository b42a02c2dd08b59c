package harness

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// developerSteps speak of somebody who calls M-PESA's API without a gateway.
func (w *world) developerSteps() []step {
	return []step{
		{`^an app asks for a token with the key "([^"]*)" and the secret "([^"]*)"$`, w.asksForToken},
		{`^an app asks for a token without key and secret$`, w.asksForTokenWithNothing},
		{`^an app asks for a token of the kind "([^"]*)"$`, w.asksForTokenOfKind},
		{`^it gets a token that lasts (\d+) seconds$`, w.getsToken},
		{`^a developer pushes KES (\d+) to the customer$`, w.aDeveloperPushes},
		{`^a developer pushes KES (\d+) to the customer with the authorization "([^"]*)"$`, w.aDeveloperPushesAs},
		{`^a developer pushes KES (\d+) to the customer with (\w+) "([^"]*)"$`, w.aDeveloperPushesWith},
		{`^a developer pushes KES (\d+) to the customer with another passkey$`, w.aDeveloperPushesWithAnotherPasskey},
		{`^a developer pushes KES (\d+) to the customer for the till (\d+) of store (\d+)$`, w.aDeveloperPushesForTill},
		{`^M-PESA has sent the prompt$`, w.mpesaHasSentThePrompt},
		{`^a developer asks what became of the prompt "([^"]*)"$`, w.asksWhatBecameOf},
		{`^the developer asks what became of the prompt$`, func(ctx context.Context) error { return w.asksWhatBecameOf(ctx, w.pushed) }},
		{`^M-PESA says that the result is (\d+) "([^"]*)"$`, w.theResultIs},
	}
}

// token asks M-PESA for an access token.
func (w *world) token(ctx context.Context, authorization, kind string) error {
	header := map[string]string{}
	if authorization != "" {
		header["Authorization"] = authorization
	}
	var err error
	w.daraja, err = w.client.do(ctx, call{
		method: http.MethodGet, header: header,
		url: w.at.Simulator + daraja.TokenPath + "?grant_type=" + url.QueryEscape(kind),
	})
	return err
}

func basic(key, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"+secret))
}

func (w *world) asksForToken(ctx context.Context, key, secret string) error {
	return w.token(ctx, basic(key, secret), daraja.GrantType)
}

func (w *world) asksForTokenWithNothing(ctx context.Context) error {
	return w.token(ctx, "", daraja.GrantType)
}

func (w *world) asksForTokenOfKind(ctx context.Context, kind string) error {
	return w.token(ctx, basic("sandbox", "sandbox"), kind)
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
func (w *world) developersPush(shillings int, passkey string) map[string]any {
	stamp := daraja.Timestamp(time.Now())
	return map[string]any{
		"BusinessShortCode": daraja.SandboxShortcode,
		"Password":          daraja.Password(daraja.SandboxShortcode, passkey, stamp),
		"Timestamp":         stamp,
		"TransactionType":   daraja.CustomerPayBillOnline,
		"Amount":            shillings,
		"PartyA":            w.phone,
		"PartyB":            daraja.SandboxShortcode,
		"PhoneNumber":       w.phone,
		"CallBackURL":       w.at.InboxForGateway + "/elsewhere",
		"AccountReference":  "another-shop",
		"TransactionDesc":   "another shop",
	}
}

// authorized is a token in the form of a header.
func (w *world) authorized(ctx context.Context) (string, error) {
	if err := w.asksForToken(ctx, "sandbox", "sandbox"); err != nil {
		return "", err
	}
	var t daraja.TokenResponse
	if err := json.Unmarshal(w.daraja.body, &t); err != nil {
		return "", fmt.Errorf("asking for a token: %s", w.daraja)
	}
	return "Bearer " + t.AccessToken, nil
}

// post calls an API of M-PESA with a JSON body.
func (w *world) post(ctx context.Context, path, authorization string, body map[string]any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	header := map[string]string{}
	if authorization != "" {
		header["Authorization"] = authorization
	}
	w.daraja, err = w.client.do(ctx, call{method: http.MethodPost, url: w.at.Simulator + path, header: header, body: raw})
	return err
}

// pushAsDeveloper sends a push with a good token.
func (w *world) pushAsDeveloper(ctx context.Context, body map[string]any) error {
	authorization, err := w.authorized(ctx)
	if err != nil {
		return err
	}
	return w.post(ctx, daraja.STKPushPath, authorization, body)
}

func (w *world) aDeveloperPushes(ctx context.Context, shillings int) error {
	return w.pushAsDeveloper(ctx, w.developersPush(shillings, daraja.SandboxPasskey))
}

func (w *world) aDeveloperPushesAs(ctx context.Context, shillings int, authorization string) error {
	return w.post(ctx, daraja.STKPushPath, authorization, w.developersPush(shillings, daraja.SandboxPasskey))
}

func (w *world) aDeveloperPushesWith(ctx context.Context, shillings int, field, value string) error {
	body := w.developersPush(shillings, daraja.SandboxPasskey)
	body[field] = value
	return w.pushAsDeveloper(ctx, body)
}

func (w *world) aDeveloperPushesWithAnotherPasskey(ctx context.Context, shillings int) error {
	return w.pushAsDeveloper(ctx, w.developersPush(shillings, "another"+daraja.SandboxPasskey[7:]))
}

func (w *world) aDeveloperPushesForTill(ctx context.Context, shillings int, till, store string) error {
	body := w.developersPush(shillings, daraja.SandboxPasskey)
	stamp, _ := body["Timestamp"].(string)
	body["BusinessShortCode"], body["PartyB"] = store, till
	body["Password"] = daraja.Password(store, daraja.SandboxPasskey, stamp)
	body["TransactionType"] = daraja.CustomerBuyGoodsOnline
	return w.pushAsDeveloper(ctx, body)
}

func (w *world) mpesaHasSentThePrompt() error {
	var ack daraja.STKPushAck
	if w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, &ack) != nil || ack.ResponseCode != "0" {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	w.pushed = ack.CheckoutRequestID
	return nil
}

func (w *world) asksWhatBecameOf(ctx context.Context, promptID string) error {
	if promptID == "" {
		if err := w.mpesaHasSentThePrompt(); err != nil {
			return err
		}
		promptID = w.pushed
	}
	authorization, err := w.authorized(ctx)
	if err != nil {
		return err
	}
	push := w.developersPush(1, daraja.SandboxPasskey)
	return w.post(ctx, daraja.STKQueryPath, authorization, map[string]any{
		"BusinessShortCode": push["BusinessShortCode"], "Password": push["Password"], "Timestamp": push["Timestamp"],
		"CheckoutRequestID": promptID,
	})
}

func (w *world) theResultIs(code, words string) error {
	var r daraja.STKQueryResult
	if w.daraja.status != http.StatusOK || json.Unmarshal(w.daraja.body, &r) != nil {
		return fmt.Errorf("M-PESA answered %s", w.daraja)
	}
	if string(r.ResultCode) != code || r.ResultDesc != words {
		return fmt.Errorf("M-PESA says that the result is %s %q", r.ResultCode, r.ResultDesc)
	}
	return nil
}
