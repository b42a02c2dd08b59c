package gateway

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// MasterKeySize is the length of a master key in bytes.
const MasterKeySize = 32

// What the master key is drawn out into. A change of these words makes every key and
// secret on record useless.
const (
	infoPepper = "darajabox pepper of API keys 1"
	infoSeal   = "darajabox seal of secrets 1"
	infoOrders = "darajabox fingerprints of orders 1"
	infoIdem   = "darajabox digests of idempotency keys 1"
)

// Vault guards what the store may not know: it digests API keys under a pepper, so
// that a stolen database opens no door, seals webhook secrets, which the gateway has to
// read again, and keys the fingerprints of orders and the digests of idempotency keys. All keys come from one master key,
// which it does not keep.
type Vault struct {
	Random  io.Reader // nonces, and new keys and secrets
	Test    bool      // new API keys begin with dbx_test_
	pepper  []byte
	seal    cipher.AEAD // AES-256-GCM
	orders  []byte      // key of orders' fingerprints
	keyName string      // begins the fingerprints of this vault

	idempotency []byte // key of the digests of idempotency keys
}

// NewVault returns a vault under a master key of MasterKeySize bytes.
func NewVault(master []byte, random io.Reader) (*Vault, error) {
	if len(master) != MasterKeySize {
		return nil, fmt.Errorf("opening the vault: a master key has %d bytes, this one %d", MasterKeySize, len(master))
	}
	pepper, err := hkdf.Key(sha256.New, master, nil, infoPepper, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("drawing the pepper: %w", err)
	}
	sealKey, err := hkdf.Key(sha256.New, master, nil, infoSeal, MasterKeySize)
	if err != nil {
		return nil, fmt.Errorf("drawing the seal: %w", err)
	}
	orders, err := hkdf.Key(sha256.New, master, nil, infoOrders, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of fingerprints: %w", err)
	}
	idempotency, err := hkdf.Key(sha256.New, master, nil, infoIdem, sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of idempotency keys: %w", err)
	}
	block, err := aes.NewCipher(sealKey)
	if err != nil {
		return nil, fmt.Errorf("making the seal: %w", err)
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("making the seal: %w", err)
	}
	v := &Vault{Random: random, pepper: pepper, seal: seal, orders: orders, idempotency: idempotency}
	v.keyName = keyedPrefix + v.sumOrder("name of the key")[:8] + ":"
	return v, nil
}

// ParseMasterKey reads a master key as people keep it: 64 hex digits, or base64 of
// MasterKeySize bytes. The error never shows what was given.
func ParseMasterKey(s string) ([]byte, error) {
	for _, decode := range []func(string) ([]byte, error){
		hex.DecodeString, base64.StdEncoding.DecodeString, base64.RawStdEncoding.DecodeString,
		base64.URLEncoding.DecodeString, base64.RawURLEncoding.DecodeString,
	} {
		if key, err := decode(s); err == nil && len(key) == MasterKeySize {
			return key, nil
		}
	}
	return nil, fmt.Errorf("a master key is %d hex digits, or base64 of %d bytes; this text of %d characters is neither",
		2*MasterKeySize, MasterKeySize, len(s))
}

// digest is what is kept of an API key.
func (v *Vault) digest(key string) []byte {
	mac := hmac.New(sha256.New, v.pepper)
	mac.Write([]byte(key))
	return mac.Sum(nil)
}

// matches reports whether digest is that of key, in a time that tells nothing of how
// much of it is right. No digest at all takes as long and matches nothing.
func (v *Vault) matches(key string, digest []byte) bool {
	known := len(digest) == sha256.Size
	if !known {
		digest = make([]byte, sha256.Size)
	}
	return hmac.Equal(v.digest(key), digest) && known
}

// errSealed says as much as may be said of what does not open.
var errSealed = errors.New("it does not open: it was sealed under another master key, for somebody else, or was changed")

// sealFor seals a secret of a partner: a nonce, then what only this vault opens, and
// only for that partner, so that rows cannot be swapped.
func (v *Vault) sealFor(partner string, secret []byte) ([]byte, error) {
	nonce, err := v.random(v.seal.NonceSize())
	if err != nil {
		return nil, err
	}
	return v.seal.Seal(nonce, nonce, secret, []byte(partner)), nil
}

// openFor opens what sealFor sealed.
func (v *Vault) openFor(partner string, sealed []byte) ([]byte, error) {
	size := v.seal.NonceSize()
	if len(sealed) < size {
		return nil, errSealed
	}
	secret, err := v.seal.Open(nil, sealed[:size], sealed[size:], []byte(partner))
	if err != nil {
		return nil, errSealed
	}
	return secret, nil
}

// random returns n unguessable bytes.
func (v *Vault) random(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(v.Random, b); err != nil {
		return nil, fmt.Errorf("drawing random bytes: %w", err)
	}
	return b, nil
}

// Shown is a key or a secret on its one way to its owner. Logs and errors do not
// show it; JSON does.
type Shown string

// Reveal returns what it hides.
func (s Shown) Reveal() string { return string(s) }

// String implements fmt.Stringer.
func (Shown) String() string { return "[hidden]" }

// GoString implements fmt.GoStringer.
func (s Shown) GoString() string { return s.String() }

// LogValue implements slog.LogValuer.
func (s Shown) LogValue() slog.Value { return slog.StringValue(s.String()) }
