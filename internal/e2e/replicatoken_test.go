package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/darajabox/darajabox/darajatest"
	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// A new token ends the app's earlier ones, as at Safaricom. Two replicas use one token
// all the same: none fetches another while it is good, and no push is refused for a
// token that a replica has ended.
func TestReplicasShareOneToken(t *testing.T) {
	t.Parallel()
	cluster := pgtest.NewCluster(t)
	sim := darajatest.Start(t, darajatest.RealTime(), darajatest.ScenarioSource(`
world:
  settings: {token_invalidation: "on", think_time: 1s}
`))
	partner := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(partner.Close)
	database := cluster.Database(t)
	var replicas []*gwapp.App
	for range 2 {
		replicas = append(replicas, startReplica(t, sim, database))
	}
	const orders = 60
	var all sync.WaitGroup
	for i := range orders {
		all.Go(func() {
			body := fmt.Sprintf(`{"phone":"2547120%05d","amount":10,"callback_url":%q}`, i, partner.URL)
			status, _, err := postOrder(t.Context(), replicas[i%2].URL(), body, fmt.Sprintf("order-%d", i))
			if err != nil || status != http.StatusOK {
				t.Errorf("order %d: %d, %v", i, status, err)
			}
		})
	}
	all.Wait()
	tokens, refused := 0, 0
	for _, r := range sim.Requests() {
		switch {
		case r.API == "oauth":
			tokens++
		case r.API == "stkpush" && r.Status != http.StatusOK:
			refused++
		}
	}
	if tokens != 1 || refused != 0 {
		t.Errorf("%d tokens were fetched, want 1; %d pushes were refused", tokens, refused)
	}
}

// startReplica starts a gateway on a database that it shares.
func startReplica(t *testing.T, sim *darajatest.Simulator, database string) *gwapp.App {
	t.Helper()
	gw, err := gwapp.New(gwapp.Config{
		Addr: "127.0.0.1:0", Database: database, MasterKey: strings.Repeat("5a", 32), DarajaURL: sim.URL,
		ConsumerKey: sim.ConsumerKey, ConsumerSecret: sim.ConsumerSecret, Shortcode: sim.Shortcode, Passkey: sim.Passkey,
		Partners: []gwapp.PartnerConfig{{Name: "local", Key: localKey}}, AllowPrivate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := gw.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := gw.Stop(ctx); err != nil {
			t.Error(err)
		}
	})
	return gw
}
