package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type healthcheckCmd struct {
	URL     string        `arg:"" help:"URL that answers 200 when the service is healthy, such as http://127.0.0.1:8080/health."`
	Timeout time.Duration `help:"How long to wait." default:"3s"`
}

// Run asks once.
func (c *healthcheckCmd) Run(e *env) error {
	ctx, cancel := context.WithTimeout(e.ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("health check: %w", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("health check: %s answered %s", c.URL, resp.Status)
	}
	fmt.Fprintln(e.stdout, "ok")
	return nil
}
