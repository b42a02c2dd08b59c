package harness

import (
	"context"
	"fmt"
	"time"
)

// Pauses between two looks at something that has not happened yet.
const (
	firstPause = 2 * time.Millisecond
	lastPause  = 50 * time.Millisecond
)

// eventually looks until look returns nil. When ctx or patience end first, the
// error is the last one of look.
func eventually(ctx context.Context, patience time.Duration, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ticker := time.NewTicker(firstPause)
	defer ticker.Stop()
	var last error
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := look(ctx)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil || last == nil { // a look that was cut short says less than the one before
			last = err
		}
		ticker.Reset(pause)
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return fmt.Errorf("not within %s: %w", patience, last)
		}
	}
}
