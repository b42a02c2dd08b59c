//go:build !unix

package trial_test

import "time"

func processorTime() time.Duration { return 0 }
