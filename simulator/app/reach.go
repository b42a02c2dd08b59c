package app

import (
	"crypto/rand"
	"net/http"
	"time"

	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/intercept"
)

// Names of the listeners of Config.ProxyAddr and TLSAddr, as ListenerAPI.
const (
	ListenerProxy = intercept.ListenerProxy
	ListenerTLS   = intercept.ListenerTLS
)

// ProxyAuto, as Config.ProxyAddr, is DefaultProxyAddr, or a free port when that one cannot be
// used.
const (
	ProxyAuto        = intercept.Auto
	DefaultProxyAddr = intercept.DefaultProxyAddr
)

// TrustStorePassword opens CAFiles.TrustStore.
const TrustStorePassword = intercept.TrustStorePassword

// ProxyService is what ProxyInfo.Service is.
const ProxyService = intercept.InfoService

// ProxyInfo is what the proxy says of itself at /.
type ProxyInfo = intercept.Info

// CAFiles are the files that clients need.
type CAFiles = intercept.Files

// CAFilesIn are the paths of those files in Config.CADir.
func CAFilesIn(dir string) CAFiles { return intercept.FilesIn(dir) }

// Route sends the callbacks for one origin to another.
type Route = callback.Route

// ParseRoute reads FROM=TO, two URLs without a path.
func ParseRoute(text string) (Route, error) { return callback.ParseRoute(text) }

// newInterceptor answers clients that have Safaricom's hosts built in as api does.
func newInterceptor(c Config, api http.Handler) *intercept.Server {
	authority := intercept.AuthorityConfig{Dir: c.CADir, Now: time.Now, Rand: rand.Reader}
	return intercept.New(intercept.Config{
		API: api, ProxyAddr: c.ProxyAddr, TLSAddr: c.TLSAddr, Offline: c.Offline,
		Open: intercept.OpenOnce(authority, c.RootFile, c.Log), Now: time.Now, Log: c.Log,
		NewServer: func(h http.Handler) *http.Server { return newHTTPServer(h, c.Log) },
	})
}

// ProxyAddr is the proxy's address for programs on this machine, HOST:PORT; "" for no proxy
// and before Start.
func (a *App) ProxyAddr() string { return a.reach.ProxyAddr() }

// TLSAddr is that of the TLS port, likewise.
func (a *App) TLSAddr() string { return a.reach.TLSAddr() }
