// Command image makes the container image of a release, for each Linux architecture
// that goreleaser built, from the stage of the Dockerfile that copies a finished
// binary. It needs no container engine and no registry. It writes an OCI image layout
// and an archive for `docker load` per architecture; with -push it sends the images
// to a registry as one multi-architecture image.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "image: %v\n", err)
		os.Exit(1)
	}
}

// options are the program's flags.
type options struct {
	dist       string
	dockerfile string
	stage      string
	created    time.Time
	push       string
}

func run(args []string, stdout io.Writer) error {
	o := options{}
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&o.dist, "dist", "build/dist", "goreleaser's `folder`; the images are written into its folder image")
	flags.StringVar(&o.dockerfile, "dockerfile", "Dockerfile", "the Dockerfile")
	flags.StringVar(&o.stage, "stage", "prebuilt", "its `stage`")
	flags.Func("created", "`time` of the images, RFC 3339: the commit's, so that a commit always gives the same image", func(s string) (err error) {
		o.created, err = time.Parse(time.RFC3339, s)
		return err
	})
	flags.StringVar(&o.push, "push", "", "send the images to this `repository`, such as ghcr.io/darajabox/darajabox; without it nothing is sent")
	if err := flags.Parse(args); err != nil {
		return err
	}
	built, err := readDist(o.dist)
	if err != nil {
		return err
	}
	file, err := os.Open(o.dockerfile)
	if err != nil {
		return err
	}
	defer file.Close()
	s, err := readStage(file, o.stage)
	if err != nil {
		return fmt.Errorf("%s: %w", o.dockerfile, err)
	}
	images, index, err := newImages(s, release{built.version, built.commit, o.created}, built.binaries)
	if err != nil {
		return err
	}
	if err := save(filepath.Join(o.dist, "image"), built.version, images, index, stdout); err != nil {
		return err
	}
	if o.push == "" {
		return nil
	}
	return push(o.push, built.version, index, stdout)
}

// dist is what goreleaser built.
type dist struct {
	version  string
	commit   string
	binaries []binary
}

// binary is a Linux binary.
type binary struct{ arch, path string }

// readDist reads goreleaser's metadata.json and artifacts.json. Their paths are
// relative to the folder that goreleaser ran in, so this program runs in it too.
func readDist(folder string) (dist, error) {
	var metadata struct {
		Version string `json:"version"`
		Commit  string `json:"commit"`
	}
	if err := readJSON(filepath.Join(folder, "metadata.json"), &metadata); err != nil {
		return dist{}, err
	}
	var artifacts []struct {
		Type string `json:"type"`
		OS   string `json:"goos"`
		Arch string `json:"goarch"`
		Path string `json:"path"`
	}
	if err := readJSON(filepath.Join(folder, "artifacts.json"), &artifacts); err != nil {
		return dist{}, err
	}
	d := dist{version: metadata.Version, commit: metadata.Commit}
	for _, a := range artifacts {
		if a.Type == "Binary" && a.OS == "linux" {
			d.binaries = append(d.binaries, binary{a.Arch, a.Path})
		}
	}
	if len(d.binaries) == 0 {
		return dist{}, fmt.Errorf("%s has no Linux binary", folder)
	}
	return d, nil
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// newImages makes an image of each binary, by architecture, and the index that names
// them all.
func newImages(s stage, r release, binaries []binary) (map[string]v1.Image, v1.ImageIndex, error) {
	images := map[string]v1.Image{}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, b := range binaries {
		image, err := newImage(s, r, b.arch, b.path)
		if err != nil {
			return nil, nil, fmt.Errorf("linux/%s: %w", b.arch, err)
		}
		images[b.arch] = image
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: "linux", Architecture: b.arch}},
		})
	}
	return images, index, nil
}

// save writes the layout, and an archive for `docker load` per architecture, in which
// the image is named darajabox:VERSION.
func save(folder, version string, images map[string]v1.Image, index v1.ImageIndex, stdout io.Writer) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	oci := filepath.Join(folder, "oci")
	if _, err := layout.Write(oci, index); err != nil {
		return fmt.Errorf("writing the OCI layout: %w", err)
	}
	digest, err := index.Digest()
	if err != nil {
		return fmt.Errorf("the index's digest: %w", err)
	}
	fmt.Fprintf(stdout, "image: %s, %d architectures, %s\n", oci, len(images), digest)
	tag, err := name.NewTag("darajabox:" + version)
	if err != nil {
		return err
	}
	for arch, image := range images {
		path := filepath.Join(folder, fmt.Sprintf("darajabox_%s_image_linux_%s.tar", version, arch))
		if err := tarball.WriteToFile(path, tag, image); err != nil {
			return fmt.Errorf("writing %s: %w", path, err)
		}
		fmt.Fprintf(stdout, "image: docker load -i %s\n", path)
	}
	return nil
}

// push sends the index and its images to a registry, with docker's credentials. A
// version with a hyphen is a preview, which does not become latest.
func push(repository, version string, index v1.ImageIndex, stdout io.Writer) error {
	tags := []string{version}
	if !strings.Contains(version, "-") {
		tags = append(tags, "latest")
	}
	for _, t := range tags {
		tag, err := name.NewTag(repository + ":" + t)
		if err != nil {
			return err
		}
		if err := remote.WriteIndex(tag, index, remote.WithAuthFromKeychain(authn.DefaultKeychain)); err != nil {
			return fmt.Errorf("pushing %s: %w", tag, err)
		}
		fmt.Fprintf(stdout, "image: pushed %s\n", tag)
	}
	return nil
}
