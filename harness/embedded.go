package harness

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/darajabox/darajabox/daraja"
	gatewayapp "github.com/darajabox/darajabox/gateway/app"
	"github.com/darajabox/darajabox/inbox"
	simulatorapp "github.com/darajabox/darajabox/simulator/app"
	"github.com/darajabox/darajabox/simulator/clock"
)

// Keys of the partners that a stack made here has.
const (
	partnerKey      = "dbx_test_local"
	otherPartnerKey = "dbx_test_other"
)

// masterKey is that of a gateway that keeps nothing.
const masterKey = "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a"

// adminToken opens the administration of a stack made here.
const adminToken = "dbx_admin_of_a_stack"

// Administration implements Administered.
func (s *embedded) Administration() (baseURL, token string) { return s.admin, adminToken }

// promptsAMinute of one phone are more than any scenario makes that is not about them.
const promptsAMinute = 12

// PromptsAMinute implements Limited.
func (s *embedded) PromptsAMinute() int { return promptsAMinute }

// embedded is a stack in this process, on ports that the kernel gives.
type embedded struct {
	logbook
	travel
	name      string
	database  func() string // an empty one for each gateway, postgres://…; "" is SQLite in a folder of its own
	log       *slog.Logger
	gate      *gate
	addresses Addresses
	others    map[merchant]Addresses
	admin     string                        // base URL
	closers   []func(context.Context) error // in the order of start
}

// StartEmbedded starts simulator, gateway and inbox in this process, on one clock
// that stands still until it is moved: the Stack is a Traveller.
func StartEmbedded(ctx context.Context) (Stack, error) {
	return startEmbedded(ctx, &embedded{name: "embedded", database: func() string { return "" }})
}

// StartOnPostgres is StartEmbedded with each gateway on a database of PostgreSQL.
// database makes an empty one and returns its URL, postgres://….
func StartOnPostgres(ctx context.Context, database func() string) (Stack, error) {
	return startEmbedded(ctx, &embedded{name: "embedded, on PostgreSQL", database: database})
}

func startEmbedded(ctx context.Context, s *embedded) (Stack, error) {
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
	partner := inbox.New(inbox.Config{Addr: "127.0.0.1:0", Out: &s.logbook})
	if err := s.run(ctx, partner); err != nil {
		return err
	}
	s.gate, err = newGate(ctx, sim.URL())
	if err != nil {
		return err
	}
	s.closers = append(s.closers, s.gate.Stop)
	gw, err := s.startGateway(ctx, merchant{shortcode: daraja.SandboxShortcode})
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

// startGateway starts a gateway with a database of its own.
func (s *embedded) startGateway(ctx context.Context, m merchant) (*gatewayapp.App, error) {
	data, err := os.MkdirTemp("", "darajabox-features-")
	if err != nil {
		return nil, err
	}
	s.closers = append(s.closers, func(context.Context) error { return os.RemoveAll(data) })
	gw, err := gatewayapp.New(gatewayapp.Config{
		Addr: "127.0.0.1:0", Data: data, Database: s.database(), MasterKey: masterKey, DarajaURL: "http://" + s.gate.addr,
		ConsumerKey: "sandbox", ConsumerSecret: "sandbox", Shortcode: m.shortcode, Till: m.till, Passkey: daraja.SandboxPasskey,
		Partners:  []gatewayapp.PartnerConfig{{Name: "local", Key: partnerKey}, {Name: "other", Key: otherPartnerKey, ReviewWebhooks: true}},
		AdminAddr: "127.0.0.1:0", AdminToken: adminToken,
		Clock: gatewayClock{s.clock}, AllowPrivate: true, Log: s.log.With("service", "gateway"),
		Limits: gatewayapp.Limits{PhoneMinute: promptsAMinute}, ReferenceLength: gatewayapp.DefaultReferenceLength,
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

// GatewayFor implements Merchants.
func (s *embedded) GatewayFor(ctx context.Context, shortcode, till string) (Addresses, error) {
	m := merchant{shortcode, till}
	if at, ok := s.others[m]; ok {
		return at, nil
	}
	gw, err := s.startGateway(ctx, m)
	if err != nil {
		return Addresses{}, fmt.Errorf("starting a gateway for %+v: %w", m, err)
	}
	at := s.addresses
	at.Gateway, at.GatewayForDaraja = gw.URL(), gw.URL()
	if s.others == nil {
		s.others = make(map[merchant]Addresses)
	}
	s.others[m] = at
	return at, nil
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
	s.closers = append(s.closers, service.Stop)
	return nil
}

// Hold implements Holder.
func (s *embedded) Hold(ctx context.Context) (func(context.Context) error, error) {
	return s.gate.Hold(ctx)
}

// Name implements Stack.
func (s *embedded) Name() string { return s.name }

// Addresses implements Stack.
func (s *embedded) Addresses() Addresses { return s.addresses }

// Close implements Stack: what was started last stops first.
func (s *embedded) Close(ctx context.Context) error {
	var errs []error
	for i := len(s.closers) - 1; i >= 0; i-- {
		errs = append(errs, s.closers[i](ctx))
	}
	s.closers = nil
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("stopping the embedded stack: %w", err)
	}
	return nil
}
