package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"
)

// stopWithin is how long everything together may take to stop.
const stopWithin = 5 * time.Second

// service is something that runs until it is stopped.
type service interface {
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
}

// running are the services that were started, in that order.
type running struct {
	names    []string
	services []service
}

// start starts a service; its error says which one failed.
func (r *running) start(ctx context.Context, name string, s service) error {
	if err := s.Start(ctx); err != nil {
		return err
	}
	r.names, r.services = append(r.names, name), append(r.services, s)
	return nil
}

// stop stops what was started, the last first, all within stopWithin.
func (r *running) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	var errs []error
	for i := len(r.services) - 1; i >= 0; i-- {
		if err := r.services[i].Stop(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stopping the %s: %w", r.names[i], err))
		}
	}
	return errors.Join(errs...)
}

// serve runs one service until Ctrl-C. announce is called when it is up.
func serve(e *env, name string, s service, announce func()) error {
	var r running
	if err := r.start(e.ctx, name, s); err != nil {
		return err
	}
	announce()
	<-e.ctx.Done()
	return r.stop()
}

// printWithin prints text, and waits no longer than that for a reader that reads
// nothing: a write cannot be called off, and the process is about to end.
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
func (f logFlags) announce(e *env, w io.Writer, banner string, addrs []listening, facts ...any) {
	if f.LogFormat == "json" {
		logFlags{LogLevel: "info", LogFormat: "json"}.logger(e.stderr).Info("darajabox "+version+" is running", facts...)
		return
	}
	fmt.Fprint(w, banner)
	noteOpen(w, addrs...)
}

// warn prints a warning to standard error, in the form of the log.
func (f logFlags) warn(e *env, text string) {
	if f.LogFormat == "json" {
		f.logger(e.stderr).Warn(text)
		return
	}
	fmt.Fprint(e.stderr, "darajabox: warning: ", text, "\n")
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(f.LogLevel)); err != nil { // kong has checked it
		level = slog.LevelWarn
	}
	options := &slog.HandlerOptions{Level: level}
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}
