package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/control/client"
	"github.com/darajabox/darajabox/simulator/journal"
)

// MaxSnapshots is how many snapshots a world keeps.
const MaxSnapshots = 100

// snapshot is a whole world at a moment.
type snapshot struct {
	client.Snapshot
	now      time.Time
	world    *simulator.Snapshot
	journal  *journal.Snapshot
	sender   *callback.Snapshot
	scenario scenarioState
}

// snapshots are those of one world, oldest first.
type snapshots struct {
	mu    sync.Mutex
	taken int
	all   []*snapshot
}

// Snapshot implements control.World. A clock that runs stands still for the moment
// that it takes. A request that is being answered meanwhile may be in one part of the
// snapshot and not in another.
func (p *worldRuntime) Snapshot(_ context.Context, name string) (client.Snapshot, error) {
	p.snapshots.mu.Lock()
	defer p.snapshots.mu.Unlock()
	if len(p.snapshots.all) >= MaxSnapshots {
		return client.Snapshot{}, fmt.Errorf("%w: there are %d snapshots of this world already; drop one first", control.ErrConflict, MaxSnapshots)
	}
	p.scenarios.mu.Lock()
	defer p.scenarios.mu.Unlock()
	defer p.freezeClock()()
	p.snapshots.taken++
	now := p.clock.Now()
	s := &snapshot{
		Snapshot: client.Snapshot{ID: "s-" + strconv.Itoa(p.snapshots.taken), Name: name, At: now.In(daraja.EAT())},
		now:      now, world: p.world.Snapshot(), sender: p.sender.Snapshot(), journal: p.journal.Snapshot(),
		scenario: p.scenarios.scenarioState,
	}
	p.snapshots.all = append(p.snapshots.all, s)
	return s.Snapshot, nil
}

// freezeClock freezes a clock that runs, until resume is called.
func (p *worldRuntime) freezeClock() (resume func()) {
	speed := p.clock.Speed()
	if speed == 0 {
		return func() {}
	}
	p.clock.Freeze()
	return func() { _ = p.clock.Run(speed) } // it ran at this speed before
}

// Snapshots implements control.World.
func (p *worldRuntime) Snapshots() []client.Snapshot {
	p.snapshots.mu.Lock()
	defer p.snapshots.mu.Unlock()
	out := make([]client.Snapshot, len(p.snapshots.all))
	for i, s := range p.snapshots.all {
		out[i] = s.Snapshot
	}
	return out
}

// Restore implements control.World. Callbacks that are on their way are cut off. A frozen
// clock goes back to the snapshot's time, and an advance ends; a clock that runs continues,
// and what was scheduled waits as long as it had to.
func (p *worldRuntime) Restore(ctx context.Context, id string) error {
	p.snapshots.mu.Lock()
	defer p.snapshots.mu.Unlock()
	s, err := p.snapshots.find(id)
	if err != nil {
		return err
	}
	p.scenarios.mu.Lock()
	defer p.scenarios.mu.Unlock()
	frozen := p.clock.Frozen()
	defer p.freezeClock()()
	if frozen {
		p.clock.Set(s.now)
	}
	err = p.sender.Reset(ctx)
	p.world.Restore(s.world)
	p.sender.Restore(s.sender)
	p.journal.Restore(s.journal)
	p.scenarios.scenarioState = s.scenario
	if err != nil {
		return fmt.Errorf("restoring the snapshot %s: %w", id, err)
	}
	return nil
}

// DropSnapshot implements control.World.
func (p *worldRuntime) DropSnapshot(id string) error {
	p.snapshots.mu.Lock()
	defer p.snapshots.mu.Unlock()
	s, err := p.snapshots.find(id)
	if err != nil {
		return err
	}
	p.snapshots.all = slices.DeleteFunc(p.snapshots.all, func(other *snapshot) bool { return other == s })
	return nil
}

// find returns the snapshot with an id. The caller holds mu.
func (k *snapshots) find(id string) (*snapshot, error) {
	i := slices.IndexFunc(k.all, func(s *snapshot) bool { return s.ID == id })
	switch {
	case i >= 0:
		return k.all[i], nil
	case len(k.all) == 0:
		return nil, notFound("there is no snapshot %.70q, nor any other", id)
	}
	return nil, notFound("there is no snapshot %.70q; the latest is %s", id, k.all[len(k.all)-1].ID)
}
