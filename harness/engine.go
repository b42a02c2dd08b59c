package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
	tclog "github.com/testcontainers/testcontainers-go/log"
)

// Variables that testcontainers reads. What is set already is left alone.
const (
	envReaperOff  = "TESTCONTAINERS_RYUK_DISABLED"
	envEngineHost = "TESTCONTAINERS_HOST_OVERRIDE"
)

// reaperImage is what testcontainers removes leftovers with. Where it is not on the
// machine already there may be no registry to pull it from, so it is not asked for:
// the stack removes its own.
const reaperImage = "testcontainers/ryuk:0.14.0"

// ErrNoEngine says that no container engine answers.
var ErrNoEngine = errors.New("no container engine answers")

// engine finds the container engine. testcontainers reads its settings once in a
// process, so they are set before its first use.
func engine(ctx context.Context, log *logbook) (*testcontainers.DockerProvider, error) {
	if err := prepareTestcontainers(ctx); err != nil {
		return nil, err
	}
	tclog.SetDefault(printer{log})
	provider, err := testcontainers.NewDockerProvider(testcontainers.WithLogger(printer{log}))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	if err := provider.Health(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", ErrNoEngine, err), provider.Close())
	}
	return provider, nil
}

// prepareTestcontainers sets what testcontainers cannot find out by itself.
func prepareTestcontainers(ctx context.Context) error {
	api, err := docker.New(docker.FromEnv)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoEngine, err)
	}
	defer func() { _ = api.Close() }() // it was for a look only
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if _, err := api.ImageInspect(ctx, reaperImage); err != nil {
		if err := setUnset(envReaperOff, "true"); err != nil {
			return err
		}
	}
	if inContainer() && !siblings(ctx, api) {
		return setUnset(envEngineHost, "127.0.0.1")
	}
	return nil
}

func setUnset(name, value string) error {
	if _, set := os.LookupEnv(name); set {
		return nil
	}
	return os.Setenv(name, value)
}

func inContainer() bool {
	_, err := os.Stat("/.dockerenv")
	return err == nil
}

// siblings says whether this process runs in a container of the very engine that
// it talks to. If not, the engine is in here too, and so are the ports that it
// publishes; testcontainers would look for them at the default gateway.
func siblings(ctx context.Context, api docker.APIClient) bool {
	self, err := os.Hostname() // Docker's default is the container's id
	if err == nil {
		_, err = api.ContainerInspect(ctx, self, docker.ContainerInspectOptions{})
	}
	return err == nil
}

// printer lets testcontainers write into a logbook.
type printer struct{ to *logbook }

// Printf implements testcontainers' logger.
func (p printer) Printf(format string, v ...any) { fmt.Fprintf(p.to, format+"\n", v...) }

// buildImage builds the binary from the module's source and the image around it,
// by the Dockerfile's own target, in a folder of its own. It returns the image's
// name.
func buildImage(ctx context.Context, provider *testcontainers.DockerProvider, name string) (image string, err error) {
	var log bytes.Buffer
	defer func() {
		if err != nil {
			err = fmt.Errorf("building the image: %w\n%s", err, log.String())
		}
	}()
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "darajabox-image-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.MkdirAll(filepath.Join(folder, "build", "docker", "empty"), 0o750); err != nil {
		return "", err
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile")) //nolint:gosec // the module's own
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), dockerfile, 0o600); err != nil { //nolint:gosec // a temporary folder of ours
		return "", err
	}
	if err := buildBinary(ctx, root, filepath.Join(folder, "build", "docker", "darajabox")); err != nil {
		return "", err
	}
	return provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		Context: folder, Repo: "darajabox-features", Tag: name, BuildLogWriter: &log,
		BuildOptionsModifier: func(o *docker.ImageBuildOptions) { o.Target = "prebuilt" },
	}})
}

// moduleRoot is the folder with go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// buildBinary builds the static binary that the Dockerfile takes.
func buildBinary(ctx context.Context, root, to string) error {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags=-s -w", "-o", to, "./cmd/darajabox") //nolint:gosec // the path is a temporary folder of ours
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	return nil
}
