package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/darajabox/darajabox/simulator"
	"github.com/darajabox/darajabox/simulator/callback"
	"github.com/darajabox/darajabox/simulator/control"
	"github.com/darajabox/darajabox/simulator/journal"
)

// MaxSnapshots is how many snapshots a world keeps.
const MaxSnapshots = 100

// snapshot is a whole world at a moment.
type snapshot struct {
	control.SnapshotInfo
	now     time.Time
	world   *simulator.Snapshot
	journal *journal.Snapshot
	sender  *callback.Snapshot
	on      *act
	fault   string
	file    string
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
func (p *place) Snapshot(_ context.Context, name string) (control.SnapshotInfo, error) {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	if len(p.kept.all) >= MaxSnapshots {
		return control.SnapshotInfo{}, fmt.Errorf("%w: there are %d snapshots of this world already; drop one first", control.ErrConflict, MaxSnapshots)
	}
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	defer p.standStill()()
	p.kept.taken++
	now := p.clock.Now()
	s := &snapshot{
		SnapshotInfo: control.SnapshotInfo{ID: "s-" + strconv.Itoa(p.kept.taken), Name: name, At: now},
		now:          now, world: p.world.Snapshot(), sender: p.sender.Snapshot(), journal: p.journal.Snapshot(),
		on: p.stage.on, fault: p.stage.fault, file: p.stage.file,
	}
	p.kept.all = append(p.kept.all, s)
	return s.SnapshotInfo, nil
}

// standStill freezes a clock that runs, and returns what lets it go on.
func (p *place) standStill() (goOn func()) {
	speed := p.clock.Speed()
	if speed == 0 {
		return func() {}
	}
	p.clock.Freeze()
	return func() { _ = p.clock.Run(speed) } // it ran at this speed before
}

// Snapshots implements control.World.
func (p *place) Snapshots() []control.SnapshotInfo {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	out := make([]control.SnapshotInfo, len(p.kept.all))
	for i, s := range p.kept.all {
		out[i] = s.SnapshotInfo
	}
	return out
}

// Restore implements control.World. Callbacks that are on their way are cut off. A
// frozen clock goes back to the snapshot's time, and an advance that is under way
// ends; a clock that runs goes on, and what was planned has as long to wait as it had.
func (p *place) Restore(ctx context.Context, id string) error {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	s, err := p.kept.find(id)
	if err != nil {
		return err
	}
	p.stage.mu.Lock()
	defer p.stage.mu.Unlock()
	frozen := p.clock.Frozen()
	defer p.standStill()()
	if frozen {
		p.clock.Set(s.now)
	}
	err = p.sender.Reset(ctx)
	p.world.Restore(s.world)
	p.sender.Restore(s.sender)
	p.journal.Restore(s.journal)
	p.stage.on, p.stage.fault, p.stage.file = s.on, s.fault, s.file
	if err != nil {
		return fmt.Errorf("restoring the snapshot %s: %w", id, err)
	}
	return nil
}

// DropSnapshot implements control.World.
func (p *place) DropSnapshot(id string) error {
	p.kept.mu.Lock()
	defer p.kept.mu.Unlock()
	s, err := p.kept.find(id)
	if err != nil {
		return err
	}
	p.kept.all = slices.DeleteFunc(p.kept.all, func(other *snapshot) bool { return other == s })
	return nil
}

// find returns the snapshot with an id. The caller holds mu.
func (k *snapshots) find(id string) (*snapshot, error) {
	for _, s := range k.all {
		if s.ID == id {
			return s, nil
		}
	}
	if len(k.all) == 0 {
		return nil, missing{fmt.Errorf("there is no snapshot %.70q, nor any other", id)}
	}
	return nil, missing{fmt.Errorf("there is no snapshot %.70q; the latest is %s", id, k.all[len(k.all)-1].ID)}
}
