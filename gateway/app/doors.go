package app

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/darajabox/darajabox/gateway"
	"github.com/darajabox/darajabox/gateway/admin"
	"github.com/darajabox/darajabox/gateway/httpapi"
	"github.com/darajabox/darajabox/internal/hosts"
)

// Names of the files in the data folder that a gateway makes at its first start
// unless it is given what they hold.
const (
	masterKeyFile = "master.key"
	tokenFile     = "admin.token"
)

// doors is what partners and administration come in by.
type doors struct {
	keyring    *gateway.Keyring
	vault      *gateway.Vault
	admin      *door // nil when administration is off
	stopRecord context.CancelFunc
	recorded   chan struct{} // closed when no last use is written any more
}

// unlock makes the keyring of what is in the store.
func (d *doors) unlock(ctx context.Context, cfg Config, store gateway.Store, static *gateway.Partners) error {
	master, err := masterKey(ctx, cfg, store)
	if err != nil {
		return err
	}
	vault, err := gateway.NewVault(master, rand.Reader)
	if err != nil {
		return err
	}
	vault.Test = cfg.tryingOut()
	d.vault = vault
	d.keyring = gateway.NewKeyring(store, vault, static, cfg.Clock, cfg.Log)
	return d.keyring.Check(ctx)
}

// tryingOut reports whether no money moves: Daraja is Safaricom's sandbox, or a
// simulator, which speaks plain http or runs on this machine. A host that is not known
// may lead to the real Daraja, as a relay's does.
func (cfg Config) tryingOut() bool {
	u, err := url.Parse(cfg.DarajaURL)
	if err != nil || cfg.Production {
		return false
	}
	host := cfg.darajaHost()
	return host == sandboxHost || hosts.IsLoopback(host) || u.Scheme == "http" && host != realHost
}

// darajaHost is the name or address of Daraja, "" when its URL cannot be read.
func (cfg Config) darajaHost() string {
	u, err := url.Parse(cfg.DarajaURL)
	if err != nil {
		return ""
	}
	return hosts.Name(u.Host)
}

// masterKey is the one that was given, or that of the data folder, made at the first
// start. Replicas have no folder in common, so a store that is shared needs it given.
func masterKey(ctx context.Context, cfg Config, store gateway.Store) ([]byte, error) {
	if cfg.MasterKey != "" {
		return gateway.ParseMasterKey(cfg.MasterKey)
	}
	if !store.Exclusive() {
		return nil, errors.New("a master key is required with a database that replicas share: make one with `openssl rand -hex 32` and give all of them the same, by --master-key or DARAJABOX_MASTER_KEY")
	}
	if cfg.secretsFolder() == "" {
		return nil, errors.New("a master key is required without a data folder: give it by --master-key or DARAJABOX_MASTER_KEY")
	}
	path := filepath.Join(cfg.secretsFolder(), masterKeyFile)
	text, err := readSecret(path)
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeMasterKey(ctx, cfg, store, path)
	}
	if err != nil {
		return nil, fmt.Errorf("the master key: %w", err)
	}
	key, err := gateway.ParseMasterKey(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return key, nil
}

// makeMasterKey makes the file of the key, and logs that when it is not the first start.
func makeMasterKey(ctx context.Context, cfg Config, store gateway.Store, path string) (string, error) {
	used, err := mayMakeMasterKey(ctx, store, path)
	if err != nil {
		return "", err
	}
	text, err := makeSecret(path, hex.EncodeToString)
	if err != nil {
		return "", err
	}
	if _, noToken := os.Stat(filepath.Join(filepath.Dir(path), tokenFile)); used || noToken == nil {
		cfg.Log.Warn("the master key was gone, and a new master key was made, since no partner in the database depends on the old one", "file", path)
	}
	return text, nil
}

// mayMakeMasterKey refuses a new key where it would make every stored one useless. used
// reports whether the database has payments, so that this is no first start.
func mayMakeMasterKey(ctx context.Context, store gateway.Store, path string) (used bool, err error) {
	err = store.View(ctx, func(tx gateway.Tx) error {
		partners, err := tx.Partners()
		if err != nil {
			return err
		}
		if len(partners) > 0 {
			of := "1 partner"
			if len(partners) > 1 {
				of = fmt.Sprintf("%d partners", len(partners))
			}
			return fmt.Errorf("%s is gone, and the API keys and webhook secrets of %s are kept under it: put it back, or give the key by --master-key", path, of)
		}
		payments, err := tx.Payments(gateway.PaymentFilter{Limit: 1})
		used = len(payments) > 0
		return err
	})
	return used, err
}

// readSecret reads a file that a gateway made.
func readSecret(path string) (string, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(raw)), nil
}

// makeSecret draws 256 bits and keeps them in a file for its owner only.
func makeSecret(path string, encode func([]byte) string) (string, error) {
	raw := make([]byte, gateway.MasterKeySize)
	if _, err := rand.Read(raw); err != nil {
		return "", fmt.Errorf("drawing a secret: %w", err)
	}
	text := encode(raw)
	return text, writeOwn(path, text)
}

// writeOwn writes a file for its owner only. The file is whole or as it was, and on disk
// before anything depends on it.
func writeOwn(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // 0600
	if err != nil {
		return fmt.Errorf("making %s: %w", path, err)
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has gone when all went well
	_, err = f.WriteString(text + "\n")
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := errors.Join(os.Rename(f.Name(), path), syncFolder(filepath.Dir(path))); err != nil {
		return fmt.Errorf("making %s: %w", path, err)
	}
	return nil
}

// adminToken is the token that was given, or that of the data folder, made at the
// first start.
func adminToken(cfg Config) (string, error) {
	if cfg.AdminToken != "" {
		return cfg.AdminToken, nil
	}
	if cfg.secretsFolder() == "" {
		return "", errors.New("an administration token is required without a data folder: give it by --admin-token or DARAJABOX_ADMIN_TOKEN")
	}
	if err := os.MkdirAll(cfg.secretsFolder(), 0o700); err != nil {
		return "", fmt.Errorf("the administration token: %w", err)
	}
	path := filepath.Join(cfg.secretsFolder(), tokenFile)
	text, err := readSecret(path)
	if errors.Is(err, os.ErrNotExist) {
		text, err = makeSecret(path, base64.RawURLEncoding.EncodeToString)
	}
	if err == nil && len(text) < minToken {
		err = fmt.Errorf("%s has %d characters, less than %d; remove it and a new one is made", path, len(text), minToken)
	}
	if err != nil {
		return "", fmt.Errorf("the administration token: %w", err)
	}
	return text, nil
}

// open lets administration in, and begins to write when keys were last used.
func (d *doors) open(ctx context.Context, cfg Config, gw *gateway.Gateway, ops http.Handler, limits connLimits) error {
	if d.admin != nil {
		token, err := adminToken(cfg)
		if err != nil {
			return err
		}
		d.admin.open(ctx, httpapi.NewServer(cfg.withPage(admin.New(admin.Config{
			Accounts: d.keyring, Records: gateway.Desk{Store: gw.Store, ReferenceLength: gw.ReferenceLength}, Resender: gw, Eraser: gw, Resolver: gw, Token: token, Hosts: cfg.AdminHosts,
			Ops: ops, Clock: cfg.Clock, Log: cfg.Log,
		}), adminFront), cfg.Log, time.Now), limits)
	}
	recording, stop := context.WithCancel(context.WithoutCancel(ctx))
	d.stopRecord, d.recorded = stop, make(chan struct{})
	go func() {
		defer close(d.recorded)
		d.keyring.RecordUses(recording)
	}()
	return nil
}

// adminStop is how long administration may take to finish. Its requests take
// milliseconds; a connection that sends nothing would hold up the rest.
const adminStop = time.Second

// close lets nobody in any more, and waits for what runs. Administration that is not
// done after adminStop is cut off.
func (d *doors) close(ctx context.Context) error {
	if d.admin != nil {
		ctx, cancel := context.WithTimeout(ctx, adminStop)
		defer cancel()
		_ = d.admin.shut(ctx) // release cuts off what is left
	}
	return d.release()
}

// release closes what is open. It may be called again.
func (d *doors) release() error {
	err := d.admin.close()
	if d.stopRecord != nil {
		d.stopRecord()
		<-d.recorded
		d.stopRecord = nil
	}
	return err
}

// AdminURL returns where administration is reached; "" before Start, and when it is
// off.
func (a *App) AdminURL() string { return a.AdminURLFor("") }

// AdminURLFor is AdminURL for a program that reaches this machine as host, a name or an
// IP address without a port.
func (a *App) AdminURLFor(host string) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.parts == nil {
		return ""
	}
	return a.parts.doors.admin.urlFor(host)
}

// AdminTokenFile returns the file that has the token of administration, "" when the
// token was given.
func (a *App) AdminTokenFile() string {
	if a.cfg.AdminToken != "" || a.cfg.AdminAddr == "" {
		return ""
	}
	return filepath.Join(a.cfg.secretsFolder(), tokenFile)
}
