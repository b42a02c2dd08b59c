package gateway

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// Secrets knows what webhooks are signed with.
type Secrets interface {
	// WebhookSecrets returns a partner's secrets that are valid now, raw, the newest
	// first. None is no error: the webhook goes unsigned.
	WebhookSecrets(ctx context.Context, partner string) ([][]byte, error)
}

// SecretPrefix comes before the base64 of a secret, as Standard Webhooks has it.
const SecretPrefix = "whsec_"

// A secret has 24 to 64 bytes, as Standard Webhooks has it.
const (
	minSecret = 24
	maxSecret = 64
)

// FormatSecret returns a secret as partners get it.
func FormatSecret(raw []byte) string { return SecretPrefix + base64.StdEncoding.EncodeToString(raw) }

// ParseSecret returns the bytes of a secret as partners get it. The error does not
// show it.
func ParseSecret(s string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(s, SecretPrefix)
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(raw) < minSecret || len(raw) > maxSecret {
		return nil, fmt.Errorf("a webhook secret is %s and the base64 of %d to %d bytes", SecretPrefix, minSecret, maxSecret)
	}
	return raw, nil
}

// StaticSecret is the secret of a partner that stands in the configuration: it
// follows from the API key, so that nothing more has to be agreed, and replicas do.
func StaticSecret(apiKey string) []byte {
	h := hmac.New(sha256.New, []byte(apiKey))
	h.Write([]byte("darajabox webhook secret"))
	return h.Sum(nil)
}

// Sign returns the webhook-signature of Standard Webhooks 1.0.0: one for each
// secret, so that a partner may verify by an old one while it is being replaced.
func Sign(messageID string, at time.Time, body []byte, secrets [][]byte) string {
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		h := hmac.New(sha256.New, secret)
		h.Write([]byte(messageID + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write(body)
		signatures[i] = "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
	}
	return strings.Join(signatures, " ")
}

// messageID makes a webhook-id: 130 random bits.
func (g *Gateway) messageID() (string, error) {
	var b [20]byte // 32 characters, of which 26 are taken
	if _, err := io.ReadFull(g.Random, b[:]); err != nil {
		return "", fmt.Errorf("making a webhook-id: %w", err)
	}
	return "msg_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:])[:26]), nil
}
