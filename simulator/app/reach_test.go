package app_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/app"
)

// A program that has Safaricom's host built in gets what the world of its key answers, and its
// request is in the journal as each other one.
func TestProxyReachesTheWorldOfTheKey(t *testing.T) {
	dir := t.TempDir()
	s := start(t, app.Config{ProxyAddr: "0", TLSAddr: "0", CADir: dir, Offline: true})
	w := s.create(t, `{"id":"shop"}`)
	call(t, http.MethodGet, "http://"+s.ProxyAddr()+"/", "") // the authority is there when this is answered
	ca, err := os.ReadFile(app.CAFilesIn(dir).CA)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	c := &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: s.ProxyAddr()}), TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true,
	}}
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte(w.Key+":"+w.Secret))
	status, body, err := tryWith(t.Context(), c, http.MethodGet, "https://sandbox.safaricom.co.ke/oauth/v1/generate?grant_type=client_credentials", "", "Authorization", basic)
	if err != nil || status != http.StatusOK || !strings.Contains(body, `"access_token"`) {
		t.Fatalf("%d %s %v", status, body, err)
	}
	if _, journal := w.control(t, http.MethodGet, "/journal", ""); !strings.Contains(journal, `"/oauth/v1/generate?grant_type=client_credentials"`) {
		t.Errorf("the journal of the world: %s", journal)
	}
}

// A callback for the public name of an app comes to the app on this machine, in each world.
func TestRouteOfCallbacks(t *testing.T) {
	got := make(chan string, 10)
	shop := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- r.Host + r.URL.String() + " " + string(body)
	}))
	defer shop.Close()
	route, err := app.ParseRoute("https://shop.example.com=" + shop.URL)
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, app.Config{Routes: []app.Route{route}, StrictCallbacks: true})
	w := s.create(t, `{"id":"shop","clock":{"frozen":true}}`)
	w.accepted(t, "254708374149", "https://shop.example.com/cb?x=1")
	w.advance(t, "1m")
	if body := <-got; !strings.HasPrefix(body, `shop.example.com/cb?x=1 {"Body":{"stkCallback":`) {
		t.Error(body)
	}
}
