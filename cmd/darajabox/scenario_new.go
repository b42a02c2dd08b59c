package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/darajabox/darajabox/scenarios"
	"github.com/darajabox/darajabox/simulator/scenario"
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

// schemaFile is the schema that the first line of a new scenario names.
const schemaFile = "scenario.schema.json"

// writeSchema writes the schema beside a scenario when there is none, and says what is
// there.
func writeSchema(e *env, dir string) (about string, err error) {
	file := filepath.Join(dir, schemaFile)
	there, err := os.ReadFile(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writeNew(file, scenario.Schema()); err != nil {
			return "", err
		}
		return file + " is written too: an editor with YAML support checks and completes as you type.", nil
	case err != nil:
		return "", fmt.Errorf("reading the schema: %w", err)
	case !bytes.Equal(there, scenario.Schema()):
		return file + " is of another version; `" + e.command("scenario", "schema") + " > " + shellQuote(file) + "` renews it.", nil
	}
	return "Your editor checks it by " + file + ".", nil
}

// source is what the new file says.
func (c *newCmd) source(name string) ([]byte, error) {
	source := []byte(starter)
	if c.From != "" {
		ready, err := scenarios.Read(c.From)
		if err != nil {
			return nil, err
		}
		source = ready // its first line names the schema, as that of the starter does
	}
	line := []byte("name: " + yamlWord(name))
	source = regexp.MustCompile(`(?m)^name: .*$`).ReplaceAllLiteral(source, line)
	if _, err := scenario.ParseWith(name+".yaml", source, scenarios.Load); err != nil {
		return nil, fmt.Errorf("a scenario cannot be called %q: %w", name, err)
	}
	return source, nil
}

// yamlWord writes a name so that YAML reads it as it is.
func yamlWord(s string) string {
	if regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]*$`).MatchString(s) {
		return s
	}
	return strconv.Quote(s)
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

const starter = `# yaml-language-server: $schema=` + schemaFile + `
name: mine
description: What happens here, and why it is real.

# You may leave out anything under "world"; the rest is made from the seed.
world:
  settings:
    think_time: 2s # how long a customer takes, unless a rule says otherwise
  customers:
    - {phone: "254708374149", name: Jane Wanjiku, pin: "1234", balance: 5000}

# The first rule whose conditions all hold decides. By default, when no rule matches,
# the customer pays if the wallet holds enough.
rules:
  # Orders above 10,000 shillings are cancelled after three seconds.
  - when: {amount: "> 10000"}
    then: {result: 1032, after: 3s}

  # The first push for these references never gets through; the next one does.
  - name: firewall
    when: {reference: "INV-*", attempt: 1}
    then: {reply: {page: waf_403}}

  # One callback in five comes late, and one of those that are left comes twice.
  - chance: 20%
    then: {callback: {delay: 10s..30s}}
  - times: 1
    then: {callback: {copies: 2, gap: 1s}}

# More to put in the place of the above (darajabox scenario list has examples):
#   when:  api: stkquery, phone: "2547001*", header: {User-Agent: "*curl*"}, rate: "> 5/s",
#          where: 'time.hour >= 22 && amount > 100', not: {reference: "TEST-*"}
#   rule:  from: 30s, until: 2m, state: start, goto: outage
#   then:  sequence: [1032, 2001, 0]
#   reply: error: 500.003.02, latency: {normal: {mean: 3s, deviation: 1s}}, damage: reset
# To have everything else go wrong now and then as well:
#   include: [hostile]
`
