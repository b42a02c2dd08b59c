package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/cucumber/godog"
)

// scenarioFileSteps speak of the simulator's scenario files as a tester writes
// them.
func (w *world) scenarioFileSteps() []step {
	return []step{
		{`^the ready scenario "([^"]*)" is loaded$`, w.aReadyFile},
		{`^this scenario file is loaded:$`, w.thisFile},
		{`^somebody loads this scenario file:$`, w.aFile},
		{`^the file is refused at line (\d+), naming "([^"]*)"$`, w.theFileIsRefused},
	}
}

func (w *world) aReadyFile(ctx context.Context, name string) error {
	w.loaded = true
	return w.control.loadReady(ctx, name)
}

func (w *world) thisFile(ctx context.Context, source *godog.DocString) error {
	if err := w.aFile(ctx, source); err != nil {
		return err
	}
	if w.daraja.status != 200 {
		return fmt.Errorf("the simulator answered %s", w.daraja)
	}
	return nil
}

func (w *world) aFile(ctx context.Context, source *godog.DocString) error {
	var err error
	w.loaded = true
	w.daraja, err = w.control.loadFile(ctx, strings.ReplaceAll(source.Content, "{customer}", w.phone))
	return err
}

func (w *world) theFileIsRefused(line int, named string) error {
	var refusal struct {
		Error string `json:"error"`
	}
	if w.daraja.status != 400 || json.Unmarshal(w.daraja.body, &refusal) != nil {
		return fmt.Errorf("the simulator answered %s", w.daraja)
	}
	if !strings.Contains(refusal.Error, fmt.Sprintf(":%d:", line)) || !strings.Contains(refusal.Error, named) {
		return fmt.Errorf("the simulator says: %s", refusal.Error)
	}
	return nil
}
