package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// What the Dockerfile's stage copies: the binary, and a folder with nothing in it.
const (
	binarySource = "build/docker/darajabox"
	emptySource  = "build/docker/empty"
)

// defaultPath is the PATH that builders give an image from scratch.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// release says which release an image is of.
type release struct {
	version string
	commit  string
	created time.Time
}

func (r release) labels() map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":       "darajabox",
		"org.opencontainers.image.description": "M-PESA's Daraja API simulated on your own machine, and a payment gateway on top of it",
		"org.opencontainers.image.url":         "https://github.com/darajabox/darajabox",
		"org.opencontainers.image.source":      "https://github.com/darajabox/darajabox",
		"org.opencontainers.image.licenses":    "MIT",
		"org.opencontainers.image.version":     r.version,
		"org.opencontainers.image.revision":    r.commit,
		"org.opencontainers.image.created":     r.created.UTC().Format(time.RFC3339),
	}
}

// newImage makes the image of one architecture: one layer with what the stage copies.
// The same binary and release give the same digest.
func newImage(s stage, r release, arch, binary string) (v1.Image, error) {
	files, err := layer(s.copies, r.created, binary)
	if err != nil {
		return nil, err
	}
	added, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(files)), nil
	}, tarball.WithMediaType(types.OCILayer))
	if err != nil {
		return nil, fmt.Errorf("compressing the layer: %w", err)
	}
	base := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(base, mutate.Addendum{
		Layer:   added,
		History: v1.History{Created: v1.Time{Time: r.created}, CreatedBy: "Dockerfile, stage prebuilt"},
	})
	if err != nil {
		return nil, fmt.Errorf("adding the layer: %w", err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, fmt.Errorf("reading the new image's configuration: %w", err)
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = "linux", arch, v1.Time{Time: r.created}
	config.Config = s.config(r)
	if image, err = mutate.ConfigFile(image, config); err != nil {
		return nil, fmt.Errorf("setting the image's configuration: %w", err)
	}
	return image, nil
}

// config are the stage's settings, with the release's labels.
func (s stage) config(r release) v1.Config {
	c := v1.Config{
		User: s.user, WorkingDir: s.workdir, Entrypoint: s.entrypoint, Cmd: s.cmd,
		Env: []string{defaultPath}, Labels: r.labels(),
	}
	for _, e := range s.env {
		if strings.HasPrefix(e, "PATH=") {
			c.Env = c.Env[1:]
		}
	}
	c.Env = append(c.Env, s.env...)
	maps.Copy(c.Labels, s.labels)
	for _, port := range s.ports {
		if c.ExposedPorts == nil {
			c.ExposedPorts = map[string]struct{}{}
		}
		c.ExposedPorts[port] = struct{}{}
	}
	return c
}

// layer is a tar archive of what is copied, with the binary of the given path.
func layer(copies []copied, at time.Time, binary string) ([]byte, error) {
	var archive bytes.Buffer
	out := tar.NewWriter(&archive)
	for _, c := range copies {
		header := &tar.Header{Name: strings.TrimPrefix(c.to, "/"), Mode: 0o755, Uid: c.uid, Gid: c.gid, ModTime: at, Format: tar.FormatPAX}
		var content []byte
		switch c.from {
		case binarySource:
			var err error
			if content, err = os.ReadFile(binary); err != nil {
				return nil, fmt.Errorf("reading the binary: %w", err)
			}
			header.Typeflag, header.Size = tar.TypeReg, int64(len(content))
		case emptySource:
			header.Typeflag, header.Name = tar.TypeDir, strings.TrimSuffix(header.Name, "/")+"/"
		default:
			return nil, fmt.Errorf("the Dockerfile copies %s, which this program does not know; it knows %s and %s", c.from, binarySource, emptySource)
		}
		if err := out.WriteHeader(header); err != nil {
			return nil, fmt.Errorf("writing %s into the layer: %w", c.to, err)
		}
		if _, err := out.Write(content); err != nil {
			return nil, fmt.Errorf("writing %s into the layer: %w", c.to, err)
		}
	}
	if err := out.Close(); err != nil {
		return nil, fmt.Errorf("ending the layer: %w", err)
	}
	return archive.Bytes(), nil
}
