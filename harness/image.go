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

	docker "github.com/moby/moby/client"
	"github.com/testcontainers/testcontainers-go"
)

// buildImage builds the binary from the module's source and the image around it,
// by the Dockerfile's own target, in a folder of its own. It returns the image's
// name.
func buildImage(ctx context.Context, provider *testcontainers.DockerProvider, name string) (image string, err error) {
	root, err := moduleRoot(ctx)
	if err != nil {
		return "", err
	}
	folder, err := os.MkdirTemp("", "darajabox-image-")
	if err != nil {
		return "", fmt.Errorf("building the image: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	if err := os.MkdirAll(filepath.Join(folder, "build", "docker", "empty"), 0o750); err != nil {
		return "", fmt.Errorf("building the image: %w", err)
	}
	dockerfile, err := os.ReadFile(filepath.Join(root, "Dockerfile")) //nolint:gosec // the module's own
	if err != nil {
		return "", fmt.Errorf("building the image: %w", err)
	}
	if err := os.WriteFile(filepath.Join(folder, "Dockerfile"), dockerfile, 0o600); err != nil { //nolint:gosec // a temporary folder of ours
		return "", fmt.Errorf("building the image: %w", err)
	}
	if err := buildBinary(ctx, root, filepath.Join(folder, "build", "docker", "darajabox")); err != nil {
		return "", err
	}
	var log bytes.Buffer
	image, err = provider.BuildImage(ctx, &testcontainers.ContainerRequest{FromDockerfile: testcontainers.FromDockerfile{
		Context: folder, Repo: "darajabox-features", Tag: name, BuildLogWriter: &log,
		BuildOptionsModifier: func(o *docker.ImageBuildOptions) { o.Target = "prebuilt" },
	}})
	if err != nil {
		return "", fmt.Errorf("building the image: %w\n%s", err, log.String())
	}
	return image, nil
}

// moduleRoot is the folder with go.mod.
func moduleRoot(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	mod := strings.TrimSpace(string(out))
	if filepath.Base(mod) != "go.mod" {
		return "", errors.New("finding the module: not in its source")
	}
	return filepath.Dir(mod), nil
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
