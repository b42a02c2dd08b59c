package app

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
)

// With too few open files, accepting would fail on every listener, also for M-PESA.
func TestLimitsOfConnectionsFitOpenFiles(t *testing.T) {
	for name, tt := range map[string]struct {
		files             uint64
		callbacks         string
		most, source      int
		wantMost, wantSrc int
	}{
		"enough":                  {4352, "", 2048, 512, 2048, 512},
		"not known":               {0, "", 2048, 512, 2048, 512},
		"no limit":                {1024, "", 0, 512, 0, 512},
		"the default of a shell":  {1024, "", 2048, 512, 384, 96},
		"two listeners":           {1024, "127.0.0.1:0", 2048, 512, 192, 48},
		"few":                     {128, "", 2048, 512, 32, 8},
		"few, no limit by source": {128, "", 2048, 0, 32, 0},
	} {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			a := &App{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil)), Callbacks: CallbackDoor{Addr: tt.callbacks}, Limits: Limits{Connections: tt.most, SourceConnections: tt.source}}}
			if err := a.fitLimits(tt.files); err != nil {
				t.Fatal(err)
			}
			if l := a.cfg.Limits; l.Connections != tt.wantMost || l.SourceConnections != tt.wantSrc {
				t.Errorf("%d connections, %d of a source", l.Connections, l.SourceConnections)
			}
			if lowered := tt.most != tt.wantMost; strings.Contains(log.String(), "--max-connections") != lowered {
				t.Errorf("logged %q", log.String())
			}
		})
	}
	a := &App{cfg: Config{Limits: StandardLimits()}}
	if err := a.fitLimits(127); err == nil || !strings.Contains(err.Error(), "ulimit -n") {
		t.Errorf("127 files: %v", err)
	}
}
