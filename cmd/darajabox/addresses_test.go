package main

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
)

// An address that cannot be listened on is one line: the service, the port, the flag of
// this very command, and an address to try.
func TestAddressThatCannotBeListenedOn(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	inUse := func(service string) string {
		return "darajabox: port " + port + " is in use, possibly by another darajabox, so " + service + " cannot start; give it "
	}
	data := t.TempDir()
	free := map[string]string{
		"up": "--simulator-addr 0 --control-addr 0 --gateway-addr 0 --admin-addr 0 --inbox-addr 0", "simulator": "--addr 0 --control-addr 0",
		"gateway": "--addr 0 --admin-addr 0 --data " + data, "inbox": "--addr 0",
	}
	tests := []struct {
		command, flag, addr string
		code                int
		begins              string
	}{
		{"up", "--simulator-addr", port, exitFailed, inUse("the simulator")},
		{"up", "--control-addr", port, exitFailed, inUse("the simulator's control port")},
		{"up", "--proxy-addr", port, exitFailed, inUse("the simulator's proxy")},
		{"simulator", "--proxy-addr", port, exitFailed, inUse("the simulator's proxy")},
		{"simulator", "--tls-addr", port, exitFailed, inUse("the simulator's TLS port")},
		{"up", "--gateway-addr", port, exitFailed, inUse("the gateway")},
		{"up", "--admin-addr", port, exitFailed, inUse("the gateway's administration")},
		{"up", "--inbox-addr", port, exitFailed, inUse("the inbox")},
		{"simulator", "--addr", port, exitFailed, inUse("the simulator")},
		{"simulator", "--control-addr", port, exitFailed, inUse("the simulator's control port")},
		{"gateway", "--addr", port, exitFailed, inUse("the gateway")},
		{"gateway", "--admin-addr", port, exitFailed, inUse("the gateway's administration")},
		{"gateway", "--callback-addr", port, exitFailed, inUse("the gateway's listener for callbacks")},
		{"gateway", "--ops-addr", port, exitFailed, inUse("the gateway's listener for metrics and probes")},
		{"inbox", "--addr", port, exitFailed, inUse("the inbox")},
		{"up", "--gateway-addr", "http://127.0.0.1:9090", exitUsage, `darajabox: the address of the gateway, "http://127.0.0.1:9090", is not HOST:PORT such as 127.0.0.1:9090; set it with --gateway-addr HOST:PORT`},
		{"up", "--gateway-addr", "", exitUsage, `darajabox: the address of the gateway, "", is not HOST:PORT such as 127.0.0.1:8080; set it with --gateway-addr HOST:PORT`},
		{"gateway", "--admin-addr", "localhost", exitUsage, `darajabox: the address of the gateway's administration, "localhost", is not HOST:PORT such as 127.0.0.1:8081; set it with --admin-addr HOST:PORT`},
		{"simulator", "--control-addr", "192.0.2.1:7071", exitFailed, "darajabox: 192.0.2.1 is not an address of this machine, so the simulator's control port cannot start; listen on this machine alone with --control-addr 127.0.0.1:7071, or on all of its addresses with --control-addr 0.0.0.0:7071"},
	}
	for _, tt := range tests {
		t.Run(tt.command+" "+tt.flag+" "+tt.addr, func(t *testing.T) {
			args := append([]string{tt.command}, strings.Fields(free[tt.command])...)
			got := darajabox(t, append(args, tt.flag, tt.addr)...)
			if got.code != tt.code || !strings.HasPrefix(got.stderr, tt.begins) || strings.Count(got.stderr, "\n") != 1 {
				t.Errorf("exit %d, %s\nwant %d, %s…", got.code, got.stderr, tt.code, tt.begins)
			}
			if !strings.Contains(got.stderr, tt.flag+" ") || strings.Contains(got.stderr, "listen tcp") {
				t.Errorf("no %s, or Go's own words, in %s", tt.flag, got.stderr)
			}
		})
	}
}

// All busy ports are named at once, and one that is given twice is not taken for
// another program's.
func TestAddressesThatCannotBeListenedOn(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	busy := taken.Addr().String()
	up := strings.Fields("up --admin-addr 0 --inbox-addr 0 --control-addr 0 --simulator-addr 127.0.0.2:0")
	two := listeners{{"a", "--a-addr", busy}, {"b", "--b-addr", "localhost:" + busy[strings.LastIndex(busy, ":")+1:]}}
	if err := two.check(t.Context()); err == nil || !strings.Contains(err.Error(), "--a-addr ") || !strings.Contains(err.Error(), "--b-addr ") {
		t.Errorf("two busy ports: %v", err)
	}
	got := darajabox(t, append(up, "--gateway-addr", busy, "--inbox-addr", busy)...)
	if want := "darajabox: --gateway-addr and --inbox-addr are both " + busy + "; give each an address of its own\n"; got.code != exitUsage || got.stderr != want {
		t.Errorf("exit %d, %s, want %s", got.code, got.stderr, want)
	}
}

// A service that listens on all addresses shows one that works on this machine, and
// says that others reach it.
func TestListeningOnAllAddresses(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"one", "inbox --addr 0.0.0.0:0", "note       the inbox listens on all addresses of this machine"},
		{"two", "simulator --addr :0 --control-addr [::]:0", "note       the simulator and the simulator's control port listen on all addresses of this machine"},
		{"none", "simulator --addr 0 --control-addr localhost:0", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ctx, interrupt := context.WithCancel(t.Context())
			defer interrupt()
			var errs bytes.Buffer
			out := &atFirstWrite{do: interrupt}
			if code := run(env{ctx: ctx, stdout: out, stderr: &errs}, strings.Fields(tt.args)); code != exitOK {
				t.Fatalf("exit %d, %s", code, &errs)
			}
			if !strings.Contains(out.String(), "http://127.0.0.1:") || strings.Contains(out.String(), "[::]") {
				t.Errorf("it prints\n%s", out)
			}
			if note := strings.Contains(out.String(), "note"); note != (tt.want != "") || !strings.Contains(out.String(), tt.want) {
				t.Errorf("it prints\n%s\nwant %s", out, tt.want)
			}
		})
	}
}

// atFirstWrite keeps what is written, and does something once there is any.
type atFirstWrite struct {
	bytes.Buffer
	do func()
}

// Write implements io.Writer.
func (w *atFirstWrite) Write(p []byte) (int, error) {
	w.do()
	return w.Buffer.Write(p)
}
