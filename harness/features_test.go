package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/darajabox/darajabox/features"
	"github.com/darajabox/darajabox/internal/pgtest"
)

// TestFeaturesEmbedded runs the features with all services in this process.
func TestFeaturesEmbedded(t *testing.T) {
	stack, err := StartEmbedded(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	runFeatures(t, stack, 0)
}

// TestFeaturesPostgres runs them with the gateway on PostgreSQL.
func TestFeaturesPostgres(t *testing.T) {
	t.Cleanup(func() {
		if t.Skipped() {
			summarise(t, "embedded, on PostgreSQL: left out (its programs are not there)")
		}
	})
	cluster := pgtest.NewCluster(t)
	stack, err := StartOnPostgres(t.Context(), func() string { return cluster.Database(t) })
	if err != nil {
		t.Fatal(err)
	}
	runFeatures(t, stack, 0)
}

// TestFeaturesContainers runs the same features with each service in a container.
// E2E=require makes a missing engine a failure, E2E=off leaves the test out.
func TestFeaturesContainers(t *testing.T) {
	mode := os.Getenv("E2E")
	switch {
	case mode == "off":
		leaveOut(t, "containers", "E2E=off")
	case mode != "require" && mode != "":
		t.Fatalf("E2E is %q; it may be require or off", mode)
	case mode == "" && testing.Short():
		leaveOut(t, "containers", "-short")
	}
	stack, err := StartContainers(t.Context())
	if errors.Is(err, ErrNoEngine) && mode == "" {
		leaveOut(t, "containers", ErrNoEngine.Error())
	}
	if err != nil {
		t.Fatal(err)
	}
	runFeatures(t, stack, 0)
}

// TestFeaturesExternal runs the features against services that run already, whose
// addresses are in the environment: DARAJABOX_E2E_GATEWAY and so on. It takes the
// gateway's own time to ask and to repeat for granted, so it is patient.
func TestFeaturesExternal(t *testing.T) {
	if os.Getenv("DARAJABOX_E2E_GATEWAY") == "" {
		t.Skip("DARAJABOX_E2E_GATEWAY is not set")
	}
	at := func(name string) string { return strings.TrimSuffix(os.Getenv("DARAJABOX_E2E_"+name), "/") }
	or := func(value, otherwise string) string {
		if value == "" {
			return otherwise
		}
		return value
	}
	stack := External{At: Addresses{
		Simulator: at("SIMULATOR"), Control: at("CONTROL"), Gateway: at("GATEWAY"), Inbox: at("INBOX"),
		InboxForGateway:  or(at("INBOX_FOR_GATEWAY"), at("INBOX")),
		GatewayForDaraja: or(at("GATEWAY_FOR_DARAJA"), at("GATEWAY")),
		PartnerKey:       at("PARTNER_KEY"), OtherPartnerKey: at("OTHER_PARTNER_KEY"),
	}}
	if err := stack.Check(); err != nil {
		t.Fatal(err)
	}
	runFeatures(t, stack, 2*time.Minute)
}

// runFeatures runs all features, or those of DARAJABOX_FEATURES: a file or a
// folder. DARAJABOX_FEATURES_FORMAT is godog's format.
func runFeatures(t *testing.T, stack Stack, timeout time.Duration) {
	t.Helper()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := stack.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	o := Options{
		Features: features.FS(), Output: t.Output(), Timeout: timeout, Format: os.Getenv("DARAJABOX_FEATURES_FORMAT"),
	}
	if only := os.Getenv("DARAJABOX_FEATURES"); only != "" {
		o.Paths = strings.Split(only, ",")
	}
	result, err := Run(t.Context(), stack, o)
	if err != nil {
		t.Error(err)
		return
	}
	summarise(t, fmt.Sprintf("%s: %s", stack.Name(), result)+covered(stack))
}

// covered says how much of its own time a stack has seen, where that can be moved.
func covered(stack Stack) string {
	stepper, ok := stack.(Stepper)
	if !ok {
		return ""
	}
	return fmt.Sprintf(", in %s of its own time", stepper.Now().Sub(start()).Round(time.Second))
}

// leaveOut skips a test, and says so where it can be seen.
func leaveOut(t *testing.T, name, why string) {
	t.Helper()
	summarise(t, fmt.Sprintf("%s: left out (%s)", name, why))
	t.SkipNow()
}

// summarise logs a line, and adds it to the file that DARAJABOX_E2E_SUMMARY names.
func summarise(t *testing.T, line string) {
	t.Helper()
	t.Log(line)
	name := os.Getenv("DARAJABOX_E2E_SUMMARY")
	if name == "" {
		return
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, line); err != nil {
		t.Error(err)
	}
}
