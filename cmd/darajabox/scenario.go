package main

import (
	"encoding/json"
	"fmt"

	"github.com/darajabox/darajabox/simulator/scenario"
)

type scenarioCmd struct {
	Validate validateCmd `cmd:"" help:"Check scenario files: one line for each fault, with its place and what was expected."`
}

type validateCmd struct {
	Files  []string `arg:"" name:"file" help:"Scenario files, or names of ready ones."`
	Output string   `help:"Form of the answer: text or json." enum:"text,json" default:"text"`
}

// validation is what is said of one file.
type validation struct {
	File  string `json:"file"`
	OK    bool   `json:"ok"`
	Rules int    `json:"rules"`
	Error string `json:"error,omitempty"`
}

// Run checks every file and fails when one of them is at fault.
func (c *validateCmd) Run(e *env) error {
	var all []validation
	failed := false
	for _, file := range c.Files {
		v := validate(file)
		failed = failed || !v.OK
		all = append(all, v)
	}
	if c.Output == "json" {
		if err := json.NewEncoder(e.stdout).Encode(all); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	} else {
		for _, v := range all {
			if v.OK {
				fmt.Fprintf(e.stdout, "%s: ok, %d rules\n", v.File, v.Rules)
			} else {
				fmt.Fprintln(e.stderr, v.Error)
			}
		}
	}
	if failed {
		return errReported
	}
	return nil
}

func validate(file string) validation {
	name, source, err := readScenario(file)
	if err != nil {
		return validation{File: file, Error: err.Error()}
	}
	s, err := scenario.Parse(name, source)
	if err != nil {
		return validation{File: file, Error: err.Error()}
	}
	return validation{File: file, OK: true, Rules: s.Rules()}
}
