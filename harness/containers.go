package harness

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/network"
	"github.com/testcontainers/testcontainers-go/wait"

	"github.com/darajabox/darajabox/daraja"
)

// How much faster than in service the containers run, whose time cannot be moved. A
// customer thinks for 5 ms. The gateway asks for a result after 375 ms, when the
// callback has had its time even on a busy machine.
const (
	simulatorSpeed = 100
	gatewaySpeed   = 80
	thinkTime      = "500ms" // divided by the speed
)

// containers is a stack of three containers of one image on a network of its own.
type containers struct {
	services
	engine    docker.APIClient
	image     string
	lan       *testcontainers.DockerNetwork
	simulator testcontainers.Container
}

// service is one container: its name on the network, the arguments of the binary,
// and the ports that the tests need, the one that answers /health first.
type service struct {
	name  string
	args  []string
	ports []string
}

// StartContainers builds the image and starts the three services. The error is
// ErrNoEngine where no container engine answers.
func StartContainers(ctx context.Context) (Stack, error) {
	s := &containers{}
	s.name, s.startGateway = "containers", s.newGateway
	if err := s.start(ctx); err != nil {
		logs := s.Logs()
		return nil, errors.Join(fmt.Errorf("starting the containers: %w\n%s", err, logs), s.Close(context.WithoutCancel(ctx)))
	}
	return s, nil
}

func simulatorAndInbox() (simulator, inbox service) {
	simulator = service{name: "simulator", ports: []string{"7071", "7070"}, args: []string{
		"simulator", "--addr", ":7070", "--control-addr", ":7071", "--seed", "1",
		"--speed", strconv.Itoa(simulatorSpeed), "--set", "think_time=" + thinkTime,
	}}
	inbox = service{name: "inbox", ports: []string{"8090"}, args: []string{"inbox", "--addr", ":8090"}}
	return simulator, inbox
}

// gateway is that of a merchant, under a name on the network.
func (m merchant) gateway(name string) service {
	one := service{name: name, ports: []string{"8080", "8081"}, args: []string{
		"gateway", "--addr", ":8080", "--admin-addr", ":8081", "--admin-token", adminToken, "--data", "/data", "--speed", strconv.Itoa(gatewaySpeed),
		"--daraja-url", "http://simulator:7070", "--callback-url", "http://" + name + ":8080",
		"--consumer-key", "sandbox", "--consumer-secret", "sandbox",
		"--shortcode", m.shortcode, "--passkey", daraja.SandboxPasskey,
		"--push-rate", "0", "--query-rate", "0", "--partner-rate", "0", "--phone-limit-minute", "0", "--phone-limit-hour", "0",
		"--allow-private-callbacks", "--partner", "local=" + partnerKey, "--partner", "other=" + otherPartnerKey, "--partner-reviews", "other",
	}}
	if m.till != "" {
		one.args = append(one.args, "--till", m.till)
	}
	return one
}

func (s *containers) start(ctx context.Context) error {
	provider, err := engine(ctx, &s.logbook)
	if err != nil {
		return err
	}
	s.engine = provider.Client()
	s.onClose(func(context.Context) error { return provider.Close() })
	s.image, err = buildImage(ctx, provider, strings.ToLower(rand.Text()))
	if err != nil {
		return err
	}
	s.onClose(func(ctx context.Context) error {
		_, err := s.engine.ImageRemove(ctx, s.image, docker.ImageRemoveOptions{Force: true, PruneChildren: true})
		return err
	})
	s.lan, err = network.New(ctx)
	if err != nil {
		return err
	}
	s.onClose(s.lan.Remove)
	return s.startServices(ctx)
}

func (s *containers) startServices(ctx context.Context) error {
	simulator, inbox := simulatorAndInbox()
	gateway := merchant{shortcode: daraja.SandboxShortcode}.gateway("gateway")
	urls := make(map[string]string) // by port
	for _, one := range []service{simulator, inbox, gateway} {
		c, err := s.run(ctx, one)
		if err != nil {
			return fmt.Errorf("%s: %w", one.name, err)
		}
		if one.name == simulator.name {
			s.simulator = c
		}
		for _, port := range one.ports {
			if urls[port], err = c.PortEndpoint(ctx, port+"/tcp", "http"); err != nil {
				return fmt.Errorf("%s: %w", one.name, err)
			}
		}
	}
	s.admin = urls["8081"]
	s.addresses = Addresses{
		Simulator: urls["7070"], Control: urls["7071"], Gateway: urls["8080"], Inbox: urls["8090"],
		InboxForGateway: "http://inbox:8090", GatewayForDaraja: "http://gateway:8080",
		PartnerKey: partnerKey, OtherPartnerKey: otherPartnerKey,
	}
	return nil
}

// newGateway starts the gateway of a merchant.
func (s *containers) newGateway(ctx context.Context, m merchant) (url, forDaraja string, err error) {
	name := strings.TrimSuffix("gateway-"+m.shortcode+"-"+m.till, "-")
	c, err := s.run(ctx, m.gateway(name))
	if err != nil {
		return "", "", err
	}
	url, err = c.PortEndpoint(ctx, "8080/tcp", "http")
	return url, "http://" + name + ":8080", err
}

// run starts a service, waits until it is healthy and remembers to remove it.
func (s *containers) run(ctx context.Context, one service) (testcontainers.Container, error) {
	exposed := make([]string, 0, len(one.ports))
	for _, port := range one.ports {
		exposed = append(exposed, port+"/tcp")
	}
	c, err := testcontainers.Run(ctx, s.image,
		testcontainers.WithLogger(printer{&s.logbook}),
		testcontainers.WithCmd(one.args...),
		testcontainers.WithExposedPorts(exposed...),
		network.WithNetwork([]string{one.name}, s.lan),
		testcontainers.WithLogConsumers(consumer{name: one.name, to: &s.logbook}),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/health").WithPort(exposed[0])),
	)
	if c != nil {
		s.onClose(func(ctx context.Context) error { return c.Terminate(ctx, testcontainers.StopTimeout(0)) })
	}
	return c, err
}

// consumer writes a container's log into a logbook.
type consumer struct {
	name string
	to   *logbook
}

// Accept implements testcontainers.LogConsumer.
func (c consumer) Accept(l testcontainers.Log) { fmt.Fprintf(c.to, "%s: %s", c.name, l.Content) }

// Hold implements Holder: it pauses M-PESA's container.
func (s *containers) Hold(ctx context.Context) (func(context.Context) error, error) {
	id := s.simulator.GetContainerID()
	if _, err := s.engine.ContainerPause(ctx, id, docker.ContainerPauseOptions{}); err != nil {
		return nil, fmt.Errorf("pausing the simulator: %w", err)
	}
	return func(ctx context.Context) error {
		if _, err := s.engine.ContainerUnpause(ctx, id, docker.ContainerUnpauseOptions{}); err != nil {
			return fmt.Errorf("letting the simulator go on: %w", err)
		}
		return nil
	}, nil
}
