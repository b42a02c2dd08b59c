package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
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
// process, so they are found out before it is asked for anything.
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
	if err := os.Setenv(name, value); err != nil {
		return fmt.Errorf("preparing testcontainers: %w", err)
	}
	return nil
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
	if err != nil {
		return false
	}
	_, err = api.ContainerInspect(ctx, self, docker.ContainerInspectOptions{})
	return err == nil
}

// printer lets testcontainers write into a logbook.
type printer struct{ to *logbook }

// Printf implements testcontainers' logger.
func (p printer) Printf(format string, v ...any) { fmt.Fprintf(p.to, format+"\n", v...) }
