package harness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
	gatewayapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/internal/activity"
	"github.com/darajabox/darajabox/internal/inbox"
	"github.com/darajabox/darajabox/internal/proxy"
	simulatorapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// masterKey is that of a gateway that keeps nothing.
const masterKey = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

// promptsAMinute of one phone are more than any scenario makes that is not about them.
const promptsAMinute = 12

// PromptsAMinute implements Limited.
func (s *embedded) PromptsAMinute() int { return promptsAMinute }

// embedded is a stack in this process, on ports that the kernel gives.
type embedded struct {
	services
	sharedClock
	database func() string // an empty one for each gateway, postgres://…; "" is SQLite in a folder of its own
	log      *slog.Logger
	toDaraja *proxy.Proxy
}

// StartEmbedded starts simulator, gateway and inbox in this process, on one clock
// that stands still until it is moved: the Stack is a Stepper.
func StartEmbedded(ctx context.Context) (Stack, error) {
	return startEmbedded(ctx, "embedded", func() string { return "" })
}

// StartOnPostgres is StartEmbedded with each gateway on a database of PostgreSQL.
// database makes an empty one and returns its URL, postgres://….
func StartOnPostgres(ctx context.Context, database func() string) (Stack, error) {
	return startEmbedded(ctx, "embedded, on PostgreSQL", database)
}

func startEmbedded(ctx context.Context, name string, database func() string) (Stack, error) {
	s := &embedded{database: database}
	s.name = name
	s.startGateway = func(ctx context.Context, m merchant) (url, forDaraja string, err error) {
		gw, err := s.newGateway(ctx, m)
		if err != nil {
			return "", "", err
		}
		return gw.URL(), gw.URL(), nil
	}
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("starting the embedded stack: %w", err), s.Close(ctx))
	}
	return s, nil
}

func (s *embedded) start(ctx context.Context) error {
	s.log = slog.New(slog.NewTextHandler(&s.logbook, nil))
	s.clock = clock.NewFrozen(start())
	sim, err := simulatorapp.New(simulatorapp.Config{ //nolint:contextcheck // it lives longer than its start
		Addr: "127.0.0.1:0", ControlAddr: "127.0.0.1:0", Seed: 1, Clock: s.clock, Log: s.log.With("service", "simulator"),
	})
	if err != nil {
		return err
	}
	s.simulator = sim
	if err := s.run(ctx, sim); err != nil {
		return err
	}
	report := func(e activity.Event, _ string) { _, _ = s.Write([]byte(e.Line())) }
	partner := inbox.New(inbox.Config{Addr: "127.0.0.1:0", Now: time.Now, Report: report}) //nolint:contextcheck // it lives longer than its start
	if err := s.run(ctx, partner); err != nil {
		return err
	}
	if s.toDaraja, err = proxy.New(ctx, strings.TrimPrefix(sim.URL(), "http://")); err != nil {
		return fmt.Errorf("placing a proxy before M-PESA: %w", err)
	}
	s.onClose(func(context.Context) error { return s.toDaraja.Close() })
	gw, err := s.newGateway(ctx, merchant{shortcode: daraja.SandboxShortcode})
	if err != nil {
		return err
	}
	s.admin = gw.AdminURL()
	s.addresses = Addresses{
		Simulator: sim.URL(), Control: sim.ControlURL(), Gateway: gw.URL(), Inbox: partner.URL(),
		InboxForGateway: partner.URL(), GatewayForDaraja: gw.URL(),
		PartnerKey: partnerKey, OtherPartnerKey: otherPartnerKey,
	}
	return nil
}

// newGateway starts a gateway with a database of its own.
func (s *embedded) newGateway(ctx context.Context, m merchant) (*gatewayapp.App, error) {
	data, err := os.MkdirTemp("", "darajabox-features-")
	if err != nil {
		return nil, err
	}
	s.onClose(func(context.Context) error { return os.RemoveAll(data) })
	gw, err := gatewayapp.New(gatewayapp.Config{
		Addr: "127.0.0.1:0", Data: data, Database: s.database(), MasterKey: masterKey, DarajaURL: "http://" + s.toDaraja.Addr(),
		ConsumerKey: "sandbox", ConsumerSecret: "sandbox", Shortcode: m.shortcode, Till: m.till, Passkey: daraja.SandboxPasskey,
		Partners:  []gatewayapp.PartnerConfig{{Name: "local", Key: partnerKey}, {Name: "other", Key: otherPartnerKey, ReviewWebhooks: true}},
		AdminAddr: "127.0.0.1:0", AdminToken: adminToken,
		Clock: gatewayClock{s.clock}, AllowPrivate: true, Log: s.log.With("service", "gateway"),
		Limits: gatewayapp.Limits{PhoneMinute: promptsAMinute}, ReferenceLength: gatewayapp.DefaultReferenceLength,
		RepushWithin: 24 * time.Hour, // the clock jumps by more than the standard ten minutes while a push is on its way
	})
	if err != nil {
		return nil, err
	}
	if err := s.run(ctx, gw); err != nil {
		return nil, err
	}
	s.gateways = append(s.gateways, gw)
	return gw, nil
}

// run starts a service and remembers to stop it.
func (s *embedded) run(ctx context.Context, service interface {
	Start(context.Context) error
	Stop(context.Context) error
},
) error {
	if err := service.Start(ctx); err != nil {
		return err
	}
	s.onClose(service.Stop)
	return nil
}

// Hold implements Holder.
func (s *embedded) Hold(context.Context) (func(context.Context) error, error) {
	release, err := s.toDaraja.Hold()
	return func(context.Context) error { release(); return nil }, err
}
