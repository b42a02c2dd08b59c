package main

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

const (
	dockerfile = `FROM scratch AS prebuilt
COPY build/docker/darajabox /darajabox
COPY --chown=65532:65532 build/docker/empty /data
COPY --chown=65532:65532 build/docker/empty /tmp
USER 65532:65532
EXPOSE 7070 8080
ENTRYPOINT ["/darajabox"]
CMD ["--help"]
`
	created = "2026-11-30T03:55:13+03:00"
)

// built is a folder as goreleaser leaves it, and a Dockerfile beside it.
func built(t *testing.T, version string) (dist, file string) {
	t.Helper()
	dist = t.TempDir()
	artifacts := []map[string]string{
		{"type": "Binary", "goos": "darwin", "goarch": "arm64", "path": "not there"},
		{"type": "Archive", "goos": "linux", "goarch": "amd64", "path": "not there"},
	}
	for _, arch := range []string{"amd64", "arm64"} {
		path := filepath.Join(dist, "linux_"+arch)
		write(t, path, "a binary of "+arch)
		artifacts = append(artifacts, map[string]string{"type": "Binary", "goos": "linux", "goarch": arch, "path": path})
	}
	text, err := json.Marshal(artifacts)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dist, "artifacts.json"), string(text))
	write(t, filepath.Join(dist, "metadata.json"), `{"version":"`+version+`","commit":"236e20c"}`)
	file = filepath.Join(dist, "Dockerfile")
	write(t, file, dockerfile)
	return dist, file
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// makeImages runs the program on what was built.
func makeImages(t *testing.T, version string, more ...string) (dist string) {
	t.Helper()
	dist, file := built(t, version)
	if err := run(append([]string{"-dist", dist, "-dockerfile", file, "-created", created}, more...), io.Discard); err != nil {
		t.Fatal(err)
	}
	return dist
}

// The layout has an image for each Linux binary, and is valid by the library's rules.
func TestLayout(t *testing.T) {
	index, err := layout.ImageIndexFromPath(filepath.Join(makeImages(t, "1.2.3"), "image", "oci"))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, m := range manifest.Manifests {
		platforms = append(platforms, m.Platform.String())
	}
	if want := []string{"linux/amd64", "linux/arm64"}; !reflect.DeepEqual(platforms, want) {
		t.Errorf("platforms %v, want %v", platforms, want)
	}
}

// The archive's image has the Dockerfile's settings, the release's labels, the
// architecture's binary for root, and folders that the user owns.
func TestArchive(t *testing.T) {
	tag, err := name.NewTag("darajabox:1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	image, err := tarball.ImageFromPath(filepath.Join(makeImages(t, "1.2.3"), "image", "darajabox_1.2.3_image_linux_arm64.tar"), &tag)
	if err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	labels := config.Config.Labels
	config.Config.Labels = nil
	want := v1.Config{
		User: "65532:65532", Entrypoint: []string{"/darajabox"}, Cmd: []string{"--help"},
		Env:          []string{defaultPath},
		ExposedPorts: map[string]struct{}{"7070/tcp": {}, "8080/tcp": {}},
	}
	if !reflect.DeepEqual(config.Config, want) {
		t.Errorf("settings %+v\nwant     %+v", config.Config, want)
	}
	if config.Architecture != "arm64" || config.OS != "linux" {
		t.Errorf("platform %s/%s", config.OS, config.Architecture)
	}
	for key, want := range map[string]string{"version": "1.2.3", "revision": "236e20c", "created": "2026-11-30T00:55:13Z", "licenses": "MIT"} {
		if got := labels["org.opencontainers.image."+key]; got != want {
			t.Errorf("label %s is %q, want %q", key, got, want)
		}
	}
	if got, want := contents(t, image), []string{
		"darajabox 0:0 755 a binary of arm64", "data/ 65532:65532 755 ", "tmp/ 65532:65532 755 ",
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("files %q\nwant  %q", got, want)
	}
}

func contents(t *testing.T, image v1.Image) (files []string) {
	t.Helper()
	layers, err := image.Layers()
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	for in := tar.NewReader(content); ; {
		h, err := in.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, fmt.Sprintf("%s %d:%d %o %s", h.Name, h.Uid, h.Gid, h.Mode, text))
	}
}

// The same binaries make the same images, byte for byte.
func TestSameAgain(t *testing.T) {
	var digests []v1.Hash
	for range 2 {
		index, err := layout.ImageIndexFromPath(filepath.Join(makeImages(t, "1.2.3"), "image", "oci"))
		if err != nil {
			t.Fatal(err)
		}
		digest, err := index.Digest()
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, digest)
	}
	if digests[0] != digests[1] {
		t.Errorf("digests %v", digests)
	}
}

// A release is pushed as its version and as latest, a preview as its version only;
// without -push nothing is sent.
func TestPush(t *testing.T) {
	for name, c := range map[string]struct {
		version string
		push    bool
		want    []string
	}{
		"release":     {"1.2.3", true, []string{"1.2.3", "latest"}},
		"preview":     {"1.2.3-rc.1", true, []string{"1.2.3-rc.1"}},
		"not told to": {"1.2.3", false, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
			defer server.Close()
			repository := strings.TrimPrefix(server.URL, "http://") + "/darajabox"
			var more []string
			if c.push {
				more = []string{"-push", repository}
			}
			makeImages(t, c.version, more...)
			if got := tags(t, repository); !reflect.DeepEqual(got, c.want) {
				t.Errorf("tags %v, want %v", got, c.want)
			}
		})
	}
}

func tags(t *testing.T, repository string) []string {
	t.Helper()
	repo, err := name.NewRepository(repository)
	if err != nil {
		t.Fatal(err)
	}
	tags, err := remote.List(repo)
	if err != nil {
		return nil // a repository that nothing was pushed to
	}
	return tags
}

// A Dockerfile that copies something else has to be taught to this program first.
func TestUnknownFile(t *testing.T) {
	dist, file := built(t, "1.2.3")
	write(t, file, dockerfile+"COPY LICENSE /LICENSE\n")
	err := run([]string{"-dist", dist, "-dockerfile", file, "-created", created}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "copies LICENSE, which this program does not know") {
		t.Errorf("got %v", err)
	}
}
