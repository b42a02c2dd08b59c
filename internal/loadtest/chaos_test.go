package loadtest_test

import (
	"context"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	gwapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/loadtest"
	"github.com/darajabox/darajabox/internal/pgtest"
	"github.com/darajabox/darajabox/internal/proxy"
	simapp "github.com/darajabox/darajabox/simulator/app"
)

// The chaos run, short by default; `make chaos` has the long form.
var (
	chaosFor     = flag.Duration("chaos.for", 10*time.Second, "how long faults are injected")
	chaosOrders  = flag.Int("chaos.orders", 0, "orders that are made at least; on a busy machine it takes longer then")
	chaosClients = flag.Int("chaos.clients", 16, "clients that order")
	chaosSeed    = flag.Uint64("chaos.seed", 0, "seed of the faults; 0 takes one from the time")
	chaosSpeed   = flag.Float64("chaos.speed", 30, "what the waits of gateway and simulator are divided by")
	chaosPace    = flag.Duration("chaos.pace", 1500*time.Millisecond, "time between two faults, on average")
	chaosSettle  = flag.Duration("chaos.settle", 10*time.Minute, "how long everything may take to settle")
	chaosOverlay = flag.String("chaos.overlay", "", "file for go build's -overlay: a gateway with other source")
	chaosKeep    = flag.String("chaos.history", "", "file that keeps the history; the store's name comes into it")
)

// otherKey is the API key of a partner that has no payments.
const otherKey = "dbx_loadtest_a-key-of-another-partner"

// scenario is what M-PESA does beside the preset hostile.
//
//go:embed testdata/chaos.yaml
var scenario []byte

// chaos is the simulator, the clients and the faults around the replicas.
type chaos struct {
	*testing.T
	history   *loadtest.History
	sink      *loadtest.WebhookSink
	sim       *simapp.App
	journal   string
	database  string // as an auditor opens it
	forger    *loadtest.Forger
	placed    []loadtest.Order
	orders    loadtest.OrderClient
	toDaraja  *proxy.Proxy
	toGateway *proxy.Proxy // of callbacks
	monkey    loadtest.ChaosMonkey
}

// TestChaosSQLite injects faults into one gateway on SQLite, and compares the ledgers:
// nothing is lost, and nothing is done twice.
func TestChaosSQLite(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel() // most of it is waiting
	c := newChaos(t)
	c.database = t.TempDir()
	c.replicas(1, func(int) []string { return []string{"--data", c.database} })
	c.run()
}

// TestChaosPostgres injects faults into three gateways on one PostgreSQL, and into the
// database.
func TestChaosPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	cluster := pgtest.NewCluster(t, pgtest.Durable)
	c := newChaos(t)
	c.database = cluster.Database(t)
	database, err := url.Parse(c.database)
	if err != nil {
		t.Fatal(err)
	}
	toDatabase := c.proxy(filepath.Join(database.Query().Get("host"), ".s.PGSQL.5432"))
	c.monkey.Proxies["the database"] = toDatabase
	c.monkey.CrashDatabase = func() error {
		cluster.Kill()
		return cluster.Start()
	}
	database.Host, database.RawQuery = toDatabase.Addr(), "sslmode=disable"
	c.replicas(3, func(int) []string {
		return []string{"--database", database.String(), "--master-key", strings.Repeat("5a", 32), "--admin-token", "a-token-for-chaos"}
	})
	c.run()
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("chaos.seed %d", seed)
	c := &chaos{T: t, history: &loadtest.History{}}
	c.sink = loadtest.NewWebhookSink(c.history, seed, 0.3)
	t.Cleanup(c.sink.Close)
	c.toGateway = c.proxy()
	c.forger = &loadtest.Forger{Gateway: "http://" + c.toGateway.Addr(), OneIn: 4, History: c.history, Random: rand.New(rand.NewPCG(seed, 3))}
	t.Cleanup(c.forger.Close)
	c.simulator(seed)
	c.toDaraja = c.proxy(c.sim.URL()[len("http://"):])
	c.monkey = loadtest.ChaosMonkey{
		History: c.history, Random: rand.New(rand.NewPCG(seed, 2)), Interval: *chaosPace,
		Proxies: map[string]*proxy.Proxy{"Daraja": c.toDaraja, "the gateway": c.toGateway},
	}
	return c
}

func (c *chaos) simulator(seed uint64) {
	c.Helper()
	dir := c.TempDir()
	c.journal = filepath.Join(dir, "default.jsonl")
	var err error
	c.sim, err = simapp.New(simapp.Config{
		Seed: int64(seed >> 1), Speed: *chaosSpeed, Preset: "hostile", ScenarioSource: scenario, JournalDir: dir,
		Report: func(r simapp.Record) {
			if line, err := json.Marshal(r); err == nil {
				c.forger.Read(line)
			}
		},
	})
	if err != nil {
		c.Fatal(err)
	}
	if err := c.sim.Start(c.Context()); err != nil {
		c.Fatal(err)
	}
	c.Cleanup(c.stopSimulator)
}

func (c *chaos) stopSimulator() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = c.sim.Stop(ctx)
}

func (c *chaos) proxy(targets ...string) *proxy.Proxy {
	c.Helper()
	p, err := proxy.New(c.Context(), targets...)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(func() { _ = p.Close() })
	return p
}

// replicas starts n gateways whose further arguments are made by args.
func (c *chaos) replicas(n int, args func(n int) []string) {
	c.Helper()
	binary := filepath.Join(c.TempDir(), "darajabox")
	build := []string{"build", "-overlay", *chaosOverlay, "-o", binary, "../../cmd/darajabox"}
	if out, err := exec.CommandContext(c.Context(), "go", build...).CombinedOutput(); err != nil {
		c.Fatalf("building: %v\n%s", err, out)
	}
	var urls, addresses []string
	for i := range n {
		log, err := os.Create(filepath.Join(c.TempDir(), fmt.Sprintf("replica-%d.log", i)))
		if err != nil {
			c.Fatal(err)
		}
		c.Cleanup(func() { c.showLog(log) })
		r := &loadtest.Replica{Binary: binary, Log: log, Args: append(args(i), "--daraja-url", "http://"+c.toDaraja.Addr(),
			"--callback-url", "http://"+c.toGateway.Addr(), "--partner", "chaos="+apiKey, "--partner", "other="+otherKey,
			"--lost-after", "35s", "--speed", strconv.FormatFloat(*chaosSpeed, 'f', -1, 64),
			"--admin-addr", "127.0.0.1:0", "--allow-private-callbacks", "--push-rate", "0", "--query-rate", "0", "--partner-rate", "0",
			"--phone-limit-minute", "0", "--phone-limit-hour", "0",
			"--callback-sources", "127.0.0.1", "--trusted-proxies", "127.0.0.1")}
		if err := r.Start(c.Context()); err != nil {
			c.Fatal(err)
		}
		c.Cleanup(r.Kill)
		c.monkey.Replicas = append(c.monkey.Replicas, r)
		urls, addresses = append(urls, "http://"+r.Address), append(addresses, r.Address)
	}
	c.toGateway.SetTargets(addresses...)
	c.orders = loadtest.OrderClient{
		Gateways: urls, Key: apiKey, Callback: c.sink.URL, History: c.history, Pause: 100 * time.Millisecond,
		HTTP: &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: *chaosClients}},
	}
	c.sink.ReadStatus(&c.orders)
}

// showLog prints the lines of a replica's log about rows without a job, which the gateway
// mends but which should not happen, and the log's end when the test has failed.
func (c *chaos) showLog(log *os.File) {
	defer log.Close()
	text, err := os.ReadFile(log.Name())
	if err != nil {
		c.Logf("reading a log: %v", err)
		return
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "had lost their job") {
			c.Logf("%s: %s", filepath.Base(log.Name()), line)
		}
	}
	if c.Failed() {
		c.Logf("%s ends in:\n%s", filepath.Base(log.Name()), text[max(0, len(text)-2000):])
	}
}

// run injects faults while clients order, then waits until everything settles, and checks.
func (c *chaos) run() {
	c.Helper()
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() {
		defer cancel()
		c.awaitEnd(ctx)
		c.sink.Heal()
	})
	var chaosErr, clientErr error
	group.Go(func() { chaosErr = c.monkey.Run(ctx) })
	group.Go(func() {
		c.placed, clientErr = loadtest.Clients{Orders: c.orders, Count: *chaosClients, Seed: 3, Prefix: "C"}.Run(ctx, 2*time.Minute)
	})
	group.Wait()
	if chaosErr != nil || clientErr != nil {
		c.Fatalf("chaos: %v; clients: %v", chaosErr, clientErr)
	}
	healed := time.Now()
	v := c.settle()
	if !v.Lasting() {
		c.repeatOrders()
	}
	if err := c.audit(); err != nil {
		c.Error(err)
	}
	v = c.check()
	c.writeHistory()
	violations := v.Violations
	v.Violations = nil
	c.Logf("settled %s after the last fault: %+v", time.Since(healed).Round(time.Second), v)
	for _, violation := range violations {
		c.Error(violation)
	}
	if v.Paid == 0 || v.FaultCount == 0 {
		c.Errorf("nothing happened: %+v", v)
	}
}

// awaitEnd waits as long as faults are injected: a while, and until there are orders enough.
func (c *chaos) awaitEnd(ctx context.Context) {
	began := time.Now()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		elapsed := time.Since(began)
		if elapsed >= *chaosFor && (c.ordered() >= *chaosOrders || elapsed > 12**chaosFor) {
			return
		}
	}
}

// ordered counts the orders that were sent.
func (c *chaos) ordered() int {
	n := 0
	for _, e := range c.history.Events() {
		if e.Kind == loadtest.OrderSent {
			n++
		}
	}
	return n
}

// settle waits until every transaction has ended and its partner is notified, or a
// promise is broken for good, or nothing has changed for longer than the gateway ever
// waits, and returns the last report.
func (c *chaos) settle() loadtest.Report {
	c.Helper()
	quiet := 20*time.Second + time.Duration(float64(150*time.Minute) / *chaosSpeed) // a webhook that failed four times waits two hours
	ended := make(map[int64]bool)
	began, last, changed := time.Now(), "", time.Now()
	for {
		for i, id := range loadtest.Transactions(c.history.Events()) {
			if ended[id] {
				continue
			}
			e, err := c.orders.Status(c.Context(), i, id)
			if err != nil {
				c.Logf("reading a status: %v", err)
			}
			if ended[id] = err == nil && e.Status != "pending"; ended[id] {
				c.history.Add(e)
			}
		}
		v := c.check()
		if now := fmt.Sprint(v.Violations); now != last {
			last, changed = now, time.Now()
		}
		if v.OK() || v.Lasting() || time.Since(changed) > quiet || time.Since(began) > *chaosSettle {
			return v
		}
		for _, violation := range v.Violations {
			delete(ended, violation.Transaction) // it may have changed since
		}
		<-time.After(time.Second)
	}
}

// maxRepeats is how many finished orders are sent again.
const maxRepeats = 1000

// repeatOrders sends finished orders again, and reads payments as another partner.
func (c *chaos) repeatOrders() {
	c.Helper()
	other := c.orders
	other.Key = otherKey
	for i, o := range c.placed[:min(len(c.placed), maxRepeats)] {
		if err := c.orders.Repeat(c.Context(), i, o); err != nil {
			c.Error(err)
		}
	}
	for i, id := range loadtest.Transactions(c.history.Events())[:min(len(c.placed), 10)] {
		e, err := other.Status(c.Context(), i, id)
		if err != nil {
			c.Error(err)
		}
		c.history.Add(loadtest.Event{Actor: loadtest.OtherPartner, Kind: loadtest.ReadByOther, Transaction: id, HTTP: e.HTTP})
	}
}

// audit records what is in the audit log, and whether its chain is unbroken.
func (c *chaos) audit() error {
	c.forger.Close()
	log, err := gwapp.OpenAudit(c.Context(), c.database)
	if err != nil {
		return err
	}
	defer log.Close()
	found, err := log.Verify(c.Context(), nil, 0)
	if err != nil {
		return err
	}
	e := loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.ChainVerified}
	if !found.OK() {
		e.Detail = fmt.Sprintf("%d breaks, the first: %s", found.Breaks, found.Broken[0].Reason)
	}
	c.history.Add(e)
	digests, err := log.Digests(c.Context())
	for _, d := range digests {
		c.history.Add(loadtest.Event{Actor: loadtest.Auditor, Kind: loadtest.CallbackLogged, Digest: hex.EncodeToString(d[:])})
	}
	return err
}

// check reads the simulator each time, since money may move late.
func (c *chaos) check() loadtest.Report {
	c.Helper()
	all := &loadtest.History{}
	for _, e := range c.history.Events() {
		all.Add(e)
	}
	if err := loadtest.RecordSimulator(c.Context(), all, c.sim.ControlURL(), c.journal); err != nil {
		c.Fatal(err)
	}
	return loadtest.Check(all.Events())
}

// writeHistory writes the history to the file of the flag.
func (c *chaos) writeHistory() {
	c.Helper()
	if *chaosKeep == "" {
		return
	}
	ext := filepath.Ext(*chaosKeep)
	f, err := os.Create(strings.TrimSuffix(*chaosKeep, ext) + "-" + strings.TrimPrefix(c.Name(), "TestChaos") + ext)
	if err != nil {
		c.Fatal(err)
	}
	defer f.Close()
	if err := loadtest.RecordSimulator(c.Context(), c.history, c.sim.ControlURL(), c.journal); err != nil {
		c.Fatal(err)
	}
	if err := c.history.Write(f); err != nil {
		c.Fatal(err)
	}
}
