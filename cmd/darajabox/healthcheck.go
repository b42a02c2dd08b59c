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

func (c *healthcheckCmd) Run(e *env) error {
	if c.URL == "" {
		return usageError("the URL is empty; write one such as http://127.0.0.1:7071/health")
	}
	deadline := time.Now().Add(c.Wait)
	for {
		err := c.check(e.ctx)
		switch {
		case err == nil:
			fmt.Fprintln(e.stdout, "ok")
			return nil
		case c.Wait <= 0:
			return fmt.Errorf("health check: %w", err)
		case !time.Now().Before(deadline):
			return fmt.Errorf("health check: not healthy within %s; at the last attempt, %w", c.Wait, err)
		}
		select {
		case <-e.ctx.Done():
			return errors.New("health check: interrupted")
		case <-time.After(min(retryEvery, time.Until(deadline))):
		}
	}
}

// Validate refuses what can never become healthy.
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

func (c *healthcheckCmd) check(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL, nil)
	if err != nil {
		return err
	}
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	resp, err := (&http.Client{Transport: transport, Timeout: c.Timeout}).Do(req)
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
