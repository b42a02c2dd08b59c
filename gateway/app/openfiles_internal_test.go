package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// With too few open files, accepting would fail on every listener, also for M-PESA.
func TestLimitsOfConnectionsFitOpenFiles(t *testing.T) {
	none, both := []string{"", ""}, []string{"127.0.0.1:0", "127.0.0.1:0"}
	for name, tt := range map[string]struct {
		files             uint64
		callbacks         string
		most, source      int
		wantMost, wantSrc int
		private           []string // addresses of administration and ops
		wantPrivate       int
	}{
		"enough":                  {4352, "", 2048, 512, 2048, 512, none, 64},
		"enough for all":          {4480, "", 2048, 512, 2048, 512, both, 64},
		"not enough for all":      {4479, "", 2048, 512, 2047, 511, both, 64},
		"not known":               {0, "", 2048, 512, 2048, 512, both, 64},
		"no limit":                {1024, "", 0, 512, 0, 512, both, 64},
		"the default of a shell":  {1024, "", 2048, 512, 384, 96, none, 64},
		"and administration":      {1024, "", 2048, 512, 352, 88, []string{"127.0.0.1:0", ""}, 64},
		"and ops":                 {1024, "", 2048, 512, 320, 80, both, 64},
		"two listeners":           {1024, "127.0.0.1:0", 2048, 512, 192, 48, none, 64},
		"few":                     {128, "", 2048, 512, 32, 8, none, 8},
		"few, and all listeners":  {128, "127.0.0.1:0", 2048, 512, 14, 3, both, 8},
		"few, no limit by source": {128, "", 2048, 0, 32, 0, none, 8},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			a := &App{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil)), AdminAddr: tt.private[0], OpsAddr: tt.private[1], Callbacks: CallbackDoor{Addr: tt.callbacks}, Limits: Limits{Connections: tt.most, SourceConnections: tt.source}}}
			if err := a.fitLimits(tt.files); err != nil {
				t.Fatal(err)
			}
			if l := a.cfg.Limits; l.Connections != tt.wantMost || l.SourceConnections != tt.wantSrc {
				t.Errorf("%d connections, %d of a source", l.Connections, l.SourceConnections)
			}
			if a.privateMost != tt.wantPrivate {
				t.Errorf("%d connections to a private listener, want %d", a.privateMost, tt.wantPrivate)
			}
			if lowered := tt.most != tt.wantMost; strings.Contains(log.String(), "--max-connections") != lowered {
				t.Errorf("logged %q", log.String())
			}
		})
	}
	a := &App{cfg: Config{Limits: StandardLimits(), AdminAddr: "127.0.0.1:0"}}
	if err := a.fitLimits(127); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("127 files: %v", err)
	}
}
