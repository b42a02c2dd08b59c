package inbox

import (
	"net/http"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// timestampTolerance is how far a webhook's timestamp may be from the inbox's clock.
const timestampTolerance = 5 * time.Minute

// checkSignature compares the signature of a webhook with that of secret, by Standard
// Webhooks 1.0.0. It returns ok, bad, or none.
func checkSignature(secret string, header http.Header, body []byte, now time.Time) string {
	if header.Get(standardwebhooks.HeaderWebhookSignature) == "" {
		return "none"
	}
	webhook, err := standardwebhooks.NewWebhook(secret)
	seconds, err2 := strconv.ParseInt(header.Get(standardwebhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil || err2 != nil || now.Sub(time.Unix(seconds, 0)).Abs() > timestampTolerance {
		return "bad"
	}
	if webhook.VerifyIgnoringTimestamp(body, header) != nil {
		return "bad"
	}
	return "ok"
}
