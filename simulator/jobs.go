package simulator

import (
	"maps"
	"slices"
	"time"
)

// JobID names a job that is pending; 0 is none.
type JobID uint64

// job is work that is pending. It does not change, but for stop.
type job struct {
	jobName
	tieBreaker string // of the jobs of one instant the lowest is done first
	due        time.Time
	data       any
	stop       func() bool // nil while no timer runs
}

// jobs is the work that is pending in a world. Snapshots keep it; reset and stop cancel it.
type jobs struct {
	last JobID
	byID map[JobID]*job
}

// promptEndJob is the kernel's own job: a prompt ends at its time.
func promptEndJob() jobName { return jobName{"", "prompt"} }

// schedule schedules a job. The caller holds mu.
func (w *World) schedule(name jobName, tieBreaker string, after time.Duration, data any) JobID {
	w.jobs.last++
	id := w.jobs.last
	j := &job{jobName: name, tieBreaker: tieBreaker, due: w.clock.Now().Add(after), data: data}
	w.jobs.byID[id] = j
	w.startTimer(id, j, after)
	return id
}

// startTimer starts the timer of a job.
func (w *World) startTimer(id JobID, j *job, after time.Duration) {
	if !w.stopped {
		j.stop = w.clock.AfterFunc(after, j.tieBreaker, func() { w.runJob(id, j) })
	}
}

// runJob does a job, unless it was cancelled, or the world was reset or restored.
func (w *World) runJob(id JobID, j *job) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped || w.jobs.byID[id] != j {
		return
	}
	delete(w.jobs.byID, id)
	w.catalogue.jobs[j.jobName](w.locked(), Due{Data: j.data})
}

// cancel takes a job back. The caller holds mu.
func (w *World) cancel(id JobID) {
	if j := w.jobs.byID[id]; j != nil {
		j.stopTimer()
		delete(w.jobs.byID, id)
	}
}

func (j *job) stopTimer() {
	if j.stop != nil {
		j.stop()
	}
}

// stopTimers stops every timer. The jobs stay.
func (w *World) stopTimers() {
	for _, j := range w.jobs.byID {
		j.stopTimer()
	}
}

// restartTimers starts the timers of a snapshot's jobs: each has as much time left as it
// had then.
func (w *World) restartTimers(then, now time.Time) {
	for _, id := range slices.Sorted(maps.Keys(w.jobs.byID)) {
		j := w.jobs.byID[id]
		left := max(0, j.due.Sub(then))
		j.due = now.Add(left)
		w.startTimer(id, j, left)
	}
}

// HandleAnswer runs the job that waits for the answer to a callback, if there is one.
func (w *World) HandleAnswer(c Callback, a MerchantAnswer) {
	if c.Awaited == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	j := w.jobs.byID[c.Awaited]
	if w.stopped || j == nil || j.tieBreaker != c.ID {
		return // the time has run out, or the world was reset
	}
	w.cancel(c.Awaited)
	w.catalogue.jobs[j.jobName](w.locked(), Due{Data: j.data, Answer: &a})
}
