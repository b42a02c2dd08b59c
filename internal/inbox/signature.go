package inbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// timestampTolerance is how far a webhook's timestamp may be from the inbox's clock.
const timestampTolerance = 5 * time.Minute

// checkSignature compares the signature of a webhook with that of secret, by Standard
// Webhooks 1.0.0. It returns ok, bad, or none.
func checkSignature(secret string, header http.Header, body []byte, now time.Time) string {
	id, timestamp, signatures := header.Get("webhook-id"), header.Get("webhook-timestamp"), header.Get("webhook-signature")
	if signatures == "" {
		return "none"
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	seconds, err2 := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || err2 != nil || now.Sub(time.Unix(seconds, 0)).Abs() > timestampTolerance {
		return "bad"
	}
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	want := "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
	for signature := range strings.FieldsSeq(signatures) {
		if hmac.Equal([]byte(signature), []byte(want)) {
			return "ok"
		}
	}
	return "bad"
}
