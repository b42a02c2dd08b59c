package main

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/darajabox/darajabox/scenarios"
)

type newCmd struct {
	Name string `arg:"" help:"Name of the scenario: the file is NAME.yaml. NAME may begin with a folder."`
	From string `predictor:"ready" env:"-" help:"Start from a copy of a ready scenario." placeholder:"READY"`
}

// Run writes the file, and never over one that is there.
func (c *newCmd) Run(e *env) error {
	file := c.Name
	if ext := filepath.Ext(file); ext != ".yaml" && ext != ".yml" {
		file += ".yaml"
	}
	source, err := c.source(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	if err != nil {
		return err
	}
	if err := writeNew(file, source); err != nil {
		return err
	}
	about, err := writeSchema(e, filepath.Dir(file))
	if err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s is written. Change it, then:\n\n  %s\n  %s\n\n%s\n",
		file, e.command("scenario", "validate", file), e.command("up", "--scenario", file), about)
	return nil
}

// starter is the text of a new scenario.
//
//go:embed starter.yaml
var starter []byte

// schemaFile is the schema that the first line of a new scenario names.
const schemaFile = "scenario.schema.json"

// writeSchema writes the schema beside a scenario unless it exists, and says what is there.
func writeSchema(e *env, dir string) (about string, err error) {
	file := filepath.Join(dir, schemaFile)
	there, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writeNew(file, language().Schema()); err != nil {
			return "", err
		}
		return file + " is written too: an editor with YAML support checks and completes as you type.", nil
	case err != nil:
		return "", fmt.Errorf("reading the schema: %w", err)
	case !bytes.Equal(there, language().Schema()):
		return file + " is of another version; `" + e.command("scenario", "schema") + " > " + shellQuote(file) + "` renews it.", nil
	}
	return "Your editor checks it by " + file + ".", nil
}

// source is what the new file says.
func (c *newCmd) source(name string) ([]byte, error) {
	source := starter
	if c.From != "" {
		ready, err := scenarios.Read(c.From)
		if err != nil {
			return nil, err
		}
		source = ready // its first line names the schema, as that of the starter does
	}
	line, err := yaml.Marshal(map[string]string{"name": name})
	if err != nil {
		return nil, fmt.Errorf("naming the scenario: %w", err)
	}
	source = regexp.MustCompile(`(?m)^name: .*\n`).ReplaceAllLiteral(source, line)
	if _, err := language().Parse(name+".yaml", source, scenarios.Load); err != nil {
		return nil, fmt.Errorf("a scenario cannot be called %q: %w", name, err)
	}
	return source, nil
}

func writeNew(file string, source []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // a scenario holds no secret
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; choose another name, or remove it first", file)
	}
	if err != nil {
		return fmt.Errorf("writing the scenario: %w", err)
	}
	_, err = f.Write(source)
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", file, err)
	}
	return nil
}
