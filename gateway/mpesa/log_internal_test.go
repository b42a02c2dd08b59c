package mpesa

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
)

// A failure without a cause has none in the log, instead of cause=<nil>.
func TestLogOfAFailure(t *testing.T) {
	for _, test := range []struct {
		cause error
		want  string
	}{
		{nil, `error="no answer"` + "\n"},
		{&failure{message: "no token"}, `error="no answer"` + "\n"},
		{errors.New("reset"), `error="no answer" cause=reset` + "\n"},
	} {
		var log strings.Builder
		c := &Client{cfg: Config{Log: slog.New(slog.NewTextHandler(&log, nil))}}
		_ = c.logged(t.Context(), "/x", &failure{message: "no answer", cause: test.cause})
		if !strings.HasSuffix(log.String(), test.want) {
			t.Errorf("got %s, want %s", &log, test.want)
		}
	}
}
