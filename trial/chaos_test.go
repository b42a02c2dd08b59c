package trial_test

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
	"github.com/darajabox/darajabox/gateway/postgres/pgtest"
	simapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/trial"
)

// The chaos run, short unless told otherwise; `make chaos` has the long form.
var (
	chaosFor     = flag.Duration("chaos.for", 10*time.Second, "how long things are broken")
	chaosOrders  = flag.Int("chaos.orders", 0, "orders that are made at least; on a busy machine it takes longer then")
	chaosClients = flag.Int("chaos.clients", 16, "clients that order")
	chaosSeed    = flag.Uint64("chaos.seed", 0, "seed of what is broken; 0 takes one from the time")
	chaosSpeed   = flag.Float64("chaos.speed", 30, "what the waits of gateway and simulator are divided by")
	chaosPace    = flag.Duration("chaos.pace", 1500*time.Millisecond, "time between two breakages, on average")
	chaosSettle  = flag.Duration("chaos.settle", 10*time.Minute, "how long everything may take to settle")
	chaosOverlay = flag.String("chaos.overlay", "", "file for go build's -overlay: a gateway with other source")
	chaosKeep    = flag.String("chaos.history", "", "file that keeps the history; the store's name comes into it")
)

// otherKey is the API key of a partner that has no payments.
const otherKey = "dbx_trial_a-key-of-another-partner"

// scenario is what M-PESA does beside the preset hostile.
//
//go:embed testdata/chaos.yaml
var scenario []byte

// chaos is everything around the replicas.
type chaos struct {
	*testing.T
	history  *trial.History
	business *trial.Business
	sim      *simapp.App
	journal  string
	database string // as an auditor opens it
	forger   *trial.Forger
	placed   []trial.Order
	shop     trial.Shop
	toDaraja *trial.Road
	toUs     *trial.Road // of callbacks
	mayhem   trial.Mayhem
}

// TestChaosSQLite breaks one gateway on SQLite in every way there is, and lets the
// ledgers say whether anything was lost or told twice.
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

// TestChaosPostgres breaks three gateways on one PostgreSQL, and the database under
// them.
func TestChaosPostgres(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute")
	}
	t.Parallel()
	cluster := pgtest.Own(t, pgtest.Options{Durable: true})
	c := newChaos(t)
	c.database = cluster.Database(t)
	database, err := url.Parse(c.database)
	if err != nil {
		t.Fatal(err)
	}
	way := c.road(filepath.Join(database.Query().Get("host"), ".s.PGSQL.5432"))
	c.mayhem.Roads["the database"], c.mayhem.Database = way, &crashing{cluster}
	database.Host, database.RawQuery = way.Addr(), "sslmode=disable"
	c.replicas(3, func(int) []string {
		return []string{"--database", database.String(), "--master-key", strings.Repeat("5a", 32), "--admin-token", "a-token-for-chaos"}
	})
	c.run()
}

// crashing is a database that is taken down without warning and started again.
type crashing struct{ *pgtest.Cluster }

// Crash implements what Mayhem asks of a database.
func (c *crashing) Crash(context.Context) error {
	c.Kill()
	return c.Start()
}

func newChaos(t *testing.T) *chaos {
	t.Helper()
	seed := *chaosSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("chaos.seed %d", seed)
	c := &chaos{T: t, history: &trial.History{}}
	var err error
	if c.business, err = trial.NewBusiness(c.history, seed, 0.3); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.business.Close)
	c.toUs = c.road()
	c.forger = trial.NewForger(trial.Forging{Gateway: "http://" + c.toUs.Addr(), Target: 4, History: c.history, Dice: rand.New(rand.NewPCG(seed, 3))})
	t.Cleanup(c.forger.Close)
	c.simulator(seed)
	c.toDaraja = c.road(c.sim.URL()[len("http://"):])
	c.mayhem = trial.Mayhem{
		History: c.history, Dice: rand.New(rand.NewPCG(seed, 2)), Pace: *chaosPace,
		Roads: map[string]*trial.Road{"Daraja": c.toDaraja, "the gateway": c.toUs},
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
				c.forger.Hear(line)
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

func (c *chaos) road(ends ...string) *trial.Road {
	c.Helper()
	r, err := trial.NewRoad(ends...)
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(r.Close)
	return r
}

// replicas starts n gateways whose further arguments are made by args.
func (c *chaos) replicas(n int, args func(n int) []string) {
	c.Helper()
	binary := filepath.Join(c.TempDir(), "darajabox")
	build := []string{"build", "-overlay", *chaosOverlay, "-o", binary, "../cmd/darajabox"}
	if out, err := exec.CommandContext(c.Context(), "go", build...).CombinedOutput(); err != nil {
		c.Fatalf("building: %v\n%s", err, out)
	}
	var urls, addresses []string
	for i := range n {
		log, err := os.Create(filepath.Join(c.TempDir(), fmt.Sprintf("replica-%d.log", i)))
		if err != nil {
			c.Fatal(err)
		}
		c.Cleanup(func() { c.complain(log) })
		r := trial.NewReplica(binary, log, append(args(i), "--daraja-url", "http://"+c.toDaraja.Addr(),
			"--callback-url", "http://"+c.toUs.Addr(), "--partner", "chaos="+apiKey, "--partner", "other="+otherKey,
			"--lost-after", "35s", "--speed", strconv.FormatFloat(*chaosSpeed, 'f', -1, 64),
			"--admin-addr", "127.0.0.1:0", "--allow-private-callbacks", "--push-rate", "0", "--query-rate", "0", "--partner-rate", "0",
			"--phone-limit-minute", "0", "--phone-limit-hour", "0",
			"--callback-sources", "127.0.0.1", "--trusted-proxies", "127.0.0.1")...)
		if err := r.Start(c.Context()); err != nil {
			c.Fatal(err)
		}
		c.Cleanup(r.Kill)
		c.mayhem.Replicas = append(c.mayhem.Replicas, r)
		urls, addresses = append(urls, "http://"+r.Address()), append(addresses, r.Address())
	}
	c.toUs.Lead(addresses...)
	c.shop = trial.Shop{
		Gateways: urls, Key: apiKey, Callback: c.business.URL(), History: c.history, Pause: 100 * time.Millisecond,
		HTTP: &http.Client{Timeout: 40 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: *chaosClients}},
	}
	c.business.Check(func(ctx context.Context, transaction int64) (string, error) {
		return c.shop.Status(ctx, int(transaction%int64(n)), transaction)
	})
}

// complain shows what a replica's log says of rows that had lost their job, which is
// mended and should not have been, and the log's end when the test has failed.
func (c *chaos) complain(log *os.File) {
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

// run breaks things while clients order, then lets everything settle, and judges.
func (c *chaos) run() {
	c.Helper()
	breaking, cancel := context.WithCancel(c.Context())
	defer cancel()
	var group sync.WaitGroup
	group.Go(func() {
		defer cancel()
		c.last(breaking)
		c.business.Heal()
	})
	var broken, placed error
	group.Go(func() { broken = c.mayhem.Run(breaking) })
	group.Go(func() {
		c.placed, placed = trial.Crowd{Shop: c.shop, Clients: *chaosClients, Seed: 3, Prefix: "C"}.Run(breaking, 2*time.Minute)
	})
	group.Wait()
	if broken != nil || placed != nil {
		c.Fatalf("chaos: %v; clients: %v", broken, placed)
	}
	healed := time.Now()
	v := c.settle()
	if !v.Lasting() {
		c.ask()
	}
	if err := c.audit(); err != nil {
		c.Error(err)
	}
	v = c.judge()
	c.keep()
	violations := v.Violations
	v.Violations = nil
	c.Logf("settled %s after the last breakage: %+v", time.Since(healed).Round(time.Second), v)
	for _, violation := range violations {
		c.Error(violation)
	}
	if v.Paid == 0 || v.Breakages == 0 {
		c.Errorf("nothing happened: %+v", v)
	}
}

// last waits as long as things are broken: a while, and until there are orders enough.
func (c *chaos) last(ctx context.Context) {
	began := time.Now()
	for tick := time.NewTicker(100 * time.Millisecond); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		took := time.Since(began)
		if took >= *chaosFor && (c.ordered() >= *chaosOrders || took > 12**chaosFor) {
			return
		}
	}
}

// ordered counts the orders that were begun.
func (c *chaos) ordered() int {
	n := 0
	for _, e := range c.history.Events() {
		if e.What == trial.Ordered {
			n++
		}
	}
	return n
}

// settle waits until every transaction has ended and was told, or a promise is broken
// for good, or nothing has changed for longer than the gateway ever waits, and returns
// the last verdict.
func (c *chaos) settle() trial.Verdict {
	c.Helper()
	quiet := 20*time.Second + time.Duration(float64(150*time.Minute) / *chaosSpeed) // a webhook that failed four times waits two hours
	ended := make(map[int64]bool)
	began, last, lately := time.Now(), "", time.Now()
	for {
		for i, id := range trial.Transactions(c.history.Events()) {
			if ended[id] {
				continue
			}
			status, err := c.shop.Ask(c.Context(), i, id)
			if err != nil {
				c.Logf("asking: %v", err)
			}
			ended[id] = err == nil && status != "pending"
		}
		v := c.judge()
		if now := fmt.Sprint(v.Violations); now != last {
			last, lately = now, time.Now()
		}
		if v.OK() || v.Lasting() || time.Since(lately) > quiet || time.Since(began) > *chaosSettle {
			return v
		}
		for _, violation := range v.Violations {
			delete(ended, violation.Transaction) // it may have changed since
		}
		<-time.After(time.Second)
	}
}

// sample is how many finished orders are sent again.
const sample = 1000

// ask sends finished orders again, and asks for payments as another partner.
func (c *chaos) ask() {
	c.Helper()
	other := c.shop
	other.Key = otherKey
	for i, o := range c.placed[:min(len(c.placed), sample)] {
		if err := c.shop.Repeat(c.Context(), i, o); err != nil {
			c.Error(err)
		}
	}
	for i, id := range trial.Transactions(c.history.Events())[:min(len(c.placed), 10)] {
		if err := other.Peek(c.Context(), i, id); err != nil {
			c.Error(err)
		}
	}
}

// audit writes down what is in the audit log, and whether its chain holds.
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
	e := trial.Event{Who: trial.Auditor, What: trial.Checked}
	if !found.OK() {
		e.Detail = fmt.Sprintf("%d breaks, the first: %s", found.Breaks, found.Broken[0].Reason)
	}
	c.history.Add(e)
	digests, err := log.Digests(c.Context())
	for _, d := range digests {
		c.history.Add(trial.Event{Who: trial.Auditor, What: trial.Logged, Digest: hex.EncodeToString(d[:])})
	}
	return err
}

// judge hears M-PESA anew, since money may come late.
func (c *chaos) judge() trial.Verdict {
	c.Helper()
	all := &trial.History{}
	for _, e := range c.history.Events() {
		all.Add(e)
	}
	if err := trial.HearMpesa(c.Context(), all, c.sim.ControlURL(), c.journal); err != nil {
		c.Fatal(err)
	}
	return trial.Judge(all.Events())
}

// keep writes the history where it was asked for.
func (c *chaos) keep() {
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
	if err := trial.HearMpesa(c.Context(), c.history, c.sim.ControlURL(), c.journal); err != nil {
		c.Fatal(err)
	}
	if err := c.history.Write(f); err != nil {
		c.Fatal(err)
	}
}
