package harness

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/moby/moby/api/types/container"
	moby "github.com/moby/moby/api/types/network"
	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	"github.com/testcontainers/testcontainers-go/wait"
)

// TestFeaturesPythonExample runs the Python example on this machine against a simulator
// in a container, as docs/containers.md describes it: ports are published under other
// numbers, so the simulator has a public URL; callbacks come to host.docker.internal.
func TestFeaturesPythonExample(t *testing.T) {
	const name = "the Python example against a container"
	skipWithoutContainers(t, name)
	if _, err := exec.LookPath("python3"); err != nil {
		if slices.Contains(strings.Fields(os.Getenv("E2E_LANGUAGES")), "python") {
			t.Fatal(err)
		}
		leaveOut(t, name, "there is no python3 on this machine")
	}
	var log logbook
	provider, err := engine(t.Context(), &log)
	if errors.Is(err, ErrNoEngine) && os.Getenv("E2E") != "require" {
		leaveOut(t, name, ErrNoEngine.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	defer provider.Close()
	if inContainer() && siblings(t.Context(), provider.Client()) {
		leaveOut(t, name, "this process is itself in a container of the engine, so the engine's host.docker.internal is another machine")
	}
	control := startSimulator(t, provider, &log)
	cmd := exec.CommandContext(t.Context(), "python3", "-m", "unittest", "discover", "../examples/python")
	cmd.Env = append(os.Environ(), "DARAJABOX_CONTROL="+control, "CALLBACK_HOST=host.docker.internal", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("Ran 4 tests")) {
		t.Fatalf("%v, want 4 tests in:\n%s\nthe container:\n%s", err, out, log.Logs())
	}
	summarise(t, name+": passed")
}

// skipWithoutContainers leaves a test out as E2E says: require, off, or what there is.
func skipWithoutContainers(t *testing.T, name string) {
	t.Helper()
	switch mode := os.Getenv("E2E"); {
	case mode == "off":
		leaveOut(t, name, "E2E=off")
	case mode == "" && testing.Short():
		leaveOut(t, name, "-short")
	}
}

// startSimulator runs a simulator in a container whose ports are published under other
// numbers, and returns the URL of its control port.
func startSimulator(t *testing.T, provider *testcontainers.DockerProvider, log *logbook) (control string) {
	t.Helper()
	image, err := buildImage(t.Context(), provider, hex.EncodeToString(fmt.Appendf(nil, "%d", time.Now().UnixNano())))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_, err := provider.Client().ImageRemove(context.Background(), image, docker.ImageRemoveOptions{Force: true, PruneChildren: true})
		if err != nil {
			t.Error(err)
		}
	})
	loopback := netip.MustParseAddr("127.0.0.1")
	const tries = 3 // a free port may be taken before the container has it
	for try := 1; ; try++ {
		api, ctrl := freePort(t), freePort(t)
		c, err := testcontainers.Run(t.Context(), image,
			testcontainers.WithLogger(printer{log}),
			testcontainers.WithCmd("simulator", "--addr", "0.0.0.0:7070", "--control-addr", "0.0.0.0:7071", "--public-url", "http://127.0.0.1:"+api),
			testcontainers.WithExposedPorts("7070/tcp", "7071/tcp"),
			testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
				h.PortBindings = moby.PortMap{
					moby.MustParsePort("7070/tcp"): {{HostIP: loopback, HostPort: api}},
					moby.MustParsePort("7071/tcp"): {{HostIP: loopback, HostPort: ctrl}},
				}
				h.ExtraHosts = append(h.ExtraHosts, "host.docker.internal:host-gateway")
			}),
			testcontainers.WithLogConsumers(consumer{name: "simulator", to: log}),
			testcontainers.WithWaitStrategy(wait.ForHTTP("/health").WithPort("7071/tcp")),
		)
		testcontainers.CleanupContainer(t, c, testcontainers.StopTimeout(0))
		if err == nil {
			return "http://127.0.0.1:" + ctrl
		}
		if try == tries {
			t.Fatalf("%v\n%s", err, log.Logs())
		}
	}
}

// freePort is a port that is free now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}
