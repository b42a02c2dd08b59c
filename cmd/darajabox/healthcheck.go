package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// retryEvery is the time between two health checks of --wait.
const retryEvery = 200 * time.Millisecond

type healthcheckCmd struct {
	URL     string        `arg:"" help:"URL that answers 200 when the service is healthy, such as http://127.0.0.1:8080/health."`
	Wait    time.Duration `help:"Ask again until the service is healthy, for at most this long, such as 30s; once unless given." default:"0" placeholder:"TIME"`
	Timeout time.Duration `help:"How long one answer may take." default:"3s"`
}

// Help has the exit codes, which scripts depend on.
func (healthcheckCmd) Help() string {
	return `Exit codes: 0 the service is healthy, 1 it is not (with --wait: not within that time), 2 the command is wrong.

    darajabox simulator &
    darajabox healthcheck --wait 30s http://127.0.0.1:7071/health`
}

// Run asks once, or until the service is healthy or the time is over.
func (c *healthcheckCmd) Run(e *env) error {
	if c.URL == "" {
		return exitError{exitUsage, errors.New("the URL is empty; write one such as http://127.0.0.1:7071/health")}
	}
	deadline := time.Now().Add(c.Wait)
	for {
		err := c.ask(e.ctx)
		switch left := time.Until(deadline); {
		case err == nil:
			fmt.Fprintln(e.stdout, "ok")
			return nil
		case c.Wait <= 0:
			return fmt.Errorf("health check: %w", err)
		case left <= 0:
			return fmt.Errorf("health check: not healthy within %s; at the last attempt, %w", c.Wait, err)
		case !pause(e.ctx, min(retryEvery, left)):
			return errors.New("health check: interrupted")
		}
	}
}

// Validate implements kong's check of a command line: what can never become healthy is
// a mistake in it.
func (c *healthcheckCmd) Validate() error {
	if c.Wait < 0 || c.Timeout <= 0 {
		return errors.New("--wait must be 0 or above, --timeout above 0")
	}
	if c.URL == "" {
		return nil // the parser says that it is missing
	}
	u, err := url.Parse(c.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%.200q is not a URL such as http://127.0.0.1:7071/health", c.URL)
	}
	return nil
}

// ask says why the service is not healthy, or returns nil.
func (c *healthcheckCmd) ask(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, c.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}}
	resp, err := client.Do(req)
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("there is no connection to %s: %w", req.URL.Host, dial.Err)
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s did not answer within %s", c.URL, c.Timeout)
	case err != nil:
		return err
	}
	_ = resp.Body.Close() // the status says all
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", c.URL, resp.Status)
	}
	return nil
}

// pause waits, and reports false when ctx ends first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
