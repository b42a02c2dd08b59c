package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
)

// stopWithin is how long everything together may take to stop.
const stopWithin = 5 * time.Second

type service interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// running are the services that were started, in that order.
type running []named

type named struct {
	name string
	service
}

// start starts a service; name is for an error of stop.
func (r *running) start(ctx context.Context, name string, s service) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	*r = append(*r, named{name, s})
	return nil
}

// stop stops what was started, the last first, all within stopWithin.
func (r running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var errs []error
	for _, s := range slices.Backward(r) {
		if err := s.Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping the %s: %w", s.name, err))
		}
	}
	return errors.Join(errs...)
}

// serve runs one service until Ctrl-C. announce is called when it runs.
func serve(e *env, name string, s service, announce func()) error {
	var r running
	if err := r.start(e.ctx, name, s); err != nil {
		return err
	}
	announce()
	<-e.ctx.Done()
	return r.stop()
}

// printWithin prints text, and returns after most when the reader reads nothing: a write
// cannot be cancelled, and the process is about to end.
func printWithin(w io.Writer, text string, most time.Duration) {
	printed := make(chan struct{})
	go func() {
		defer close(printed)
		_, _ = io.WriteString(w, text)
	}()
	select {
	case <-printed:
	case <-time.After(most):
	}
}

// logFlags choose what is logged, to standard error.
type logFlags struct {
	LogLevel  string `help:"Lowest level to log: debug, info, warn or error." enum:"debug,info,warn,error" default:"warn"`
	LogFormat string `help:"Form of the log: text or json." enum:"text,json" default:"text"`
}

// announce says that services run: to w as a banner for people, or with --log-format
// json as an object of the log, so that a program can read all of standard error.
func (f logFlags) announce(e *env, w io.Writer, b banner, l listeners, urls ...any) {
	if f.LogFormat == "json" {
		logFlags{LogLevel: "info", LogFormat: "json"}.logger(e.stderr).Info("darajabox "+version+" is running", urls...)
		return
	}
	fmt.Fprint(w, b)
	l.printWildcards(w)
}

func (f logFlags) warn(e *env, text string) {
	if f.LogFormat == "json" {
		f.logger(e.stderr).Warn(text)
		return
	}
	fmt.Fprintf(e.stderr, "darajabox: warning: %s\n", text)
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(f.LogLevel)) // kong has checked it
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
