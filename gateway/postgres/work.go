package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"github.com/darajabox/darajabox/gateway"
)

// How due work travels. A row's due_at is the domain's. When it has come, the row
// becomes a job of River's: at once, in the update that made it due, or by the
// sweep of whichever replica finds it first. River hands the job to one replica; it
// is completed when the call has been made, whatever came of it, and when the row is
// worked on next is a matter of due_at and the pauses here, by gateway.Clock. So
// River's own retries are for one thing only: a replica that died in the middle.
//
// A job stands for one turn of its row. One that the row has moved on from is
// dropped, so that at most one job of a row is good for anything.

const (
	// DefaultJobWithin ends the context of a call: more than a webhook or a push may
	// take.
	DefaultJobWithin = time.Minute

	// retention is how long River keeps completed jobs. The attempts are the record.
	retention = time.Minute

	// stopWithin bounds River's own end after the last call has returned, when the
	// database is gone.
	stopWithin = 5 * time.Second

	// startAgain is the pause between tries to start while the database is gone.
	startAgain = time.Second
)

// worker does one Work.
type worker struct {
	store    *Store
	do       gateway.Worker
	stopping context.Context // ends when the work is told to stop
	check    [kinds]*batcher[jobRun, standing]
	leave    [kinds]*batcher[leaving, left]
	places   *places
}

// Work implements gateway.Store. It returns nil when ctx has ended and the last call
// has returned, gateway.ErrClosed when Close ended it; either way the context of the
// calls is cancelled. Only one Work runs at a time. While the database is gone it
// waits.
func (s *Store) Work(ctx context.Context, do gateway.Worker) error {
	done, err := s.beginWork()
	if err != nil {
		return err
	}
	defer done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var owned sync.WaitGroup
	defer owned.Wait()
	owned.Go(func() {
		select {
		case <-s.closing:
			cancel()
		case <-ctx.Done():
		}
	})
	s.newWorker(ctx, do).run(ctx)
	select {
	case <-s.closing:
		return gateway.ErrClosed
	default:
		return nil
	}
}

func (s *Store) beginWork() (done func(), err error) {
	out, err := s.begin()
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.working {
		out()
		return nil, errors.New("the store's work is already being done")
	}
	s.working = true
	return func() {
		s.mu.Lock()
		s.working = false
		s.mu.Unlock()
		out()
	}, nil
}

func (s *Store) newWorker(stopping context.Context, do gateway.Worker) *worker {
	w := &worker{store: s, do: do, stopping: stopping, places: newPlaces(deliveryShare * s.cfg.Workers)}
	for k := range kinds {
		w.check[k] = newBatcher(func(ctx context.Context, runs []jobRun) ([]standing, error) { return s.standings(ctx, k, runs) })
		w.leave[k] = newBatcher(func(ctx context.Context, rows []leaving) ([]left, error) { return s.leaveRows(ctx, k, rows) })
	}
	return w
}

// run works until ctx ends, and then until the last call has returned.
func (w *worker) run(ctx context.Context) {
	batches, endBatches := context.WithCancel(context.WithoutCancel(ctx))
	var batching, sweeping sync.WaitGroup
	for k := range kinds {
		batching.Go(func() { w.check[k].loop(batches) })
		batching.Go(func() { w.leave[k].loop(batches) })
	}
	sweeping.Go(func() { w.store.sweep(ctx) })
	sweeping.Go(func() { w.store.findStrays(ctx) })
	client := w.start(ctx)
	<-ctx.Done()
	if client != nil {
		w.stop(ctx, client)
	}
	sweeping.Wait()
	endBatches()
	batching.Wait()
}

// start starts River's client, as soon as the database is there.
func (w *worker) start(ctx context.Context) *river.Client[pgx.Tx] {
	for ctx.Err() == nil {
		client, err := w.client()
		if err == nil {
			err = client.Start(context.WithoutCancel(ctx))
		}
		if err == nil {
			return client
		}
		w.store.seldom.Warn("the queue can't be worked on yet", "error", plain(err))
		wait(ctx, nil, startAgain)
	}
	return nil
}

func (w *worker) client() (*river.Client[pgx.Tx], error) {
	s := w.store
	cfg := queueing(s.log)
	cfg.Queues = map[string]river.QueueConfig{
		paymentWork.table():  {MaxWorkers: s.cfg.Workers},
		deliveryWork.table(): {MaxWorkers: deliveryShare * s.cfg.Workers},
	}
	cfg.Workers = river.NewWorkers()
	river.AddWorker(cfg.Workers, river.WorkFunc(func(ctx context.Context, j *river.Job[paymentJob]) error {
		return w.work(ctx, paymentWork, j.JobRow, j.Args.work)
	}))
	river.AddWorker(cfg.Workers, river.WorkFunc(func(ctx context.Context, j *river.Job[deliveryJob]) error {
		return w.work(ctx, deliveryWork, j.JobRow, j.Args.work)
	}))
	cfg.JobTimeout = s.cfg.JobWithin
	cfg.RescueStuckJobsAfter = 2 * s.cfg.JobWithin
	cfg.CompletedJobRetentionPeriod = retention
	cfg.RetryPolicy = soon{}
	client, err := river.NewClient(riverpgxv5.New(s.jobsDB), cfg)
	if err != nil {
		return nil, fmt.Errorf("making River's client: %w", err)
	}
	return client, nil
}

// stop ends the calls, waits for them, and lets River write down what it has left.
func (w *worker) stop(ctx context.Context, client *river.Client[pgx.Tx]) {
	stopped := make(chan struct{})
	within, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	go func() {
		defer close(stopped)
		_ = client.StopAndCancel(within) // ends with within, or well
	}()
	w.store.calls.wait(stopped)
	late, end := context.WithTimeout(within, stopWithin)
	defer end()
	select {
	case <-stopped:
	case <-late.Done():
		w.store.log.Warn("the queue was left before it had written everything down; its jobs are taken up again later")
		cancel()
		<-stopped
	}
}

// soon has jobs that River must try again tried at once.
type soon struct{}

// NextRetry implements river.ClientRetryPolicy. River compares it with its own time.
func (soon) NextRetry(job *rivertype.JobRow) time.Time {
	if job.AttemptedAt == nil {
		return job.CreatedAt
	}
	return job.AttemptedAt.Add(time.Second)
}
