package harness

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
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

	"github.com/darajabox/darajabox/daraja"
)

// TestFeaturesContainersOfDocs does what docs/containers.md and docs/ci.md show, against
// a simulator in a container: the Python example on this machine with ports that are
// published under other numbers, and the Testcontainers snippet.
func TestFeaturesContainersOfDocs(t *testing.T) {
	const name = "docs of containers"
	skipWithoutContainers(t, name)
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
	image := imageOf(t, provider)
	t.Run("python", func(t *testing.T) { pythonExample(t, image, &log) })
	t.Run("testcontainers", func(t *testing.T) { payWithTestcontainers(t, image) })
	if !t.Failed() {
		summarise(t, name+": passed")
	}
}

func pythonExample(t *testing.T, image string, log *logbook) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil {
		if slices.Contains(strings.Fields(os.Getenv("E2E_LANGUAGES")), "python") {
			t.Fatal(err)
		}
		t.Skip("there is no python3 on this machine")
	}
	control := startSimulator(t, image, log)
	cmd := exec.CommandContext(t.Context(), "python3", "-m", "unittest", "discover", "../examples/python")
	cmd.Env = append(os.Environ(), "DARAJABOX_CONTROL="+control, "CALLBACK_HOST=host.docker.internal", "PYTHONDONTWRITEBYTECODE=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.HasSuffix(out, []byte("\nOK\n")) || bytes.Contains(out, []byte("Ran 0 tests")) {
		t.Fatalf("%v, want OK in:\n%s\nthe container:\n%s", err, out, log.Logs())
	}
}

// startDaraja runs a simulator in a container and returns the base URLs of its API and
// of its control port, as docs/ci.md has it.
func startDaraja(t *testing.T, image string) (api, control string) {
	t.Helper()
	ctx := t.Context()
	c, err := testcontainers.Run(ctx, image,
		testcontainers.WithCmd("simulator", "--addr", "0.0.0.0:7070", "--control-addr", "0.0.0.0:7071"),
		testcontainers.WithExposedPorts("7070/tcp", "7071/tcp"),
		testcontainers.WithHostConfigModifier(func(h *container.HostConfig) {
			h.ExtraHosts = append(h.ExtraHosts, "host.docker.internal:host-gateway")
		}),
		testcontainers.WithWaitStrategy(wait.ForHTTP("/health").WithPort("7071/tcp")),
	)
	testcontainers.CleanupContainer(t, c)
	if err != nil {
		t.Fatal(err)
	}
	if api, err = c.PortEndpoint(ctx, "7070/tcp", "http"); err != nil {
		t.Fatal(err)
	}
	if control, err = c.PortEndpoint(ctx, "7071/tcp", "http"); err != nil {
		t.Fatal(err)
	}
	return api, control
}

// payWithTestcontainers makes a payment in a world of its own, over the ports that the
// engine chose. The callback comes to this process.
func payWithTestcontainers(t *testing.T, image string) {
	t.Helper()
	api, control := startDaraja(t, image)
	made := send(t, http.MethodPost, control+"/worlds", "", `{"clock":{"frozen":true}}`)
	callbacks := make(chan string, 10)
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	shop := &httptest.Server{Listener: l, Config: &http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		callbacks <- string(body)
	})}}
	shop.Start()
	t.Cleanup(shop.Close)
	_, port, _ := net.SplitHostPort(l.Addr().String())

	basic := base64.StdEncoding.EncodeToString([]byte(made["consumer_key"] + ":" + made["consumer_secret"]))
	token := send(t, http.MethodGet, api+daraja.TokenPath+"?grant_type=client_credentials", "Basic "+basic, "")["access_token"]
	stamp := time.Now().In(daraja.EAT()).Format("20060102150405")
	password := base64.StdEncoding.EncodeToString([]byte(made["shortcode"] + made["passkey"] + stamp))
	send(t, http.MethodPost, api+daraja.STKPushPath, "Bearer "+token, fmt.Sprintf(
		`{"BusinessShortCode":"%[1]s","Password":"%[2]s","Timestamp":"%[3]s","TransactionType":"CustomerPayBillOnline","Amount":150,`+
			`"PartyA":"254708374149","PartyB":"%[1]s","PhoneNumber":"254708374149","CallBackURL":"http://host.docker.internal:%[4]s/callback",`+
			`"AccountReference":"INV-1","TransactionDesc":"Order"}`, made["shortcode"], password, stamp, port))
	send(t, http.MethodPost, control+"/worlds/"+made["id"]+"/clock/advance", "", `{"by":"10s"}`)
	select {
	case got := <-callbacks:
		if !strings.Contains(got, `"ResultCode":0`) {
			t.Errorf("callback %s", got)
		}
	default:
		t.Error("no callback within 10 s of the world's time")
	}
}

// send sends JSON and returns the texts of the answer.
func send(t *testing.T, method, url, authorization, body string) map[string]string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode/100 != 2 {
		t.Fatalf("%s %s: HTTP %d %v, %v", method, url, resp.StatusCode, answer, err)
	}
	texts := make(map[string]string)
	for key, value := range answer {
		if text, ok := value.(string); ok {
			texts[key] = text
		}
	}
	return texts
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

// imageOf builds the image for one test.
func imageOf(t *testing.T, provider *testcontainers.DockerProvider) string {
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
	return image
}

// startSimulator runs a simulator in a container whose ports are published under other
// numbers, and returns the URL of its control port.
func startSimulator(t *testing.T, image string, log *logbook) (control string) {
	t.Helper()
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
