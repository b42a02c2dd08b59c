package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator/control/client"
)

const (
	benchConns = 32
	benchTurn  = 4000 // pushes until the customers answer
	benchPhone = "254110000000"
	bareServer = "DARAJABOX_BENCH_BARE_SERVER" // set in the process that is the yardstick
)

// BenchmarkPushes measures acknowledged pushes a second of a server process that has one
// core, by clients on another: the simulator as users run it, its journal on, and a bare
// handler that decodes and encodes the same JSON. The ratio is that of both in turns. It
// is meaningful only when this process does not run on core 0: taskset -c 1.
func BenchmarkPushes(b *testing.B) {
	if os.Getenv(bareServer) != "" {
		serveBare(b)
		return
	}
	if _, err := exec.LookPath("taskset"); err != nil {
		b.Skip("there is no taskset (Debian: util-linux)")
	}
	servers := []*pushServer{startBare(b), startSimulator(b)}
	for _, s := range servers {
		s.turn(b, benchTurn) // connections, pools, customers
		s.took, s.each = 0, nil
	}
	b.ResetTimer()
	for done := 0; done < b.N; done += benchTurn {
		for _, s := range servers {
			s.turn(b, min(benchTurn, b.N-done))
		}
	}
	for _, s := range servers {
		slices.Sort(s.each)
		b.ReportMetric(float64(b.N)/s.took.Seconds(), s.name+"/s")
		b.ReportMetric(float64(s.each[len(s.each)*99/100].Microseconds())/1000, s.name+"-p99-ms")
	}
	b.ReportMetric(servers[0].took.Seconds()/servers[1].took.Seconds(), "ratio")
	b.ReportMetric(0, "ns/op")
}

// pushServer is a server process and the connections of its clients.
type pushServer struct {
	name    string
	conns   []net.Conn
	request string       // with benchPhone where each push has its own
	settle  func() error // lets all customers answer

	took time.Duration
	each []time.Duration
}

// startOnCore runs a program on core 0 until the benchmark ends, and returns the first
// groups of a pattern in what it prints.
func startOnCore(b *testing.B, pattern string, env []string, args ...string) []string {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), "taskset", append([]string{"-c", "0"}, args...)...)
	cmd.Env = append(append(plainEnv(), "GOMAXPROCS=1"), env...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var text strings.Builder
	lines := bufio.NewScanner(io.TeeReader(out, &text))
	for lines.Scan() {
		if found := regexp.MustCompile(pattern).FindStringSubmatch(text.String()); found != nil {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return found[1:]
		}
	}
	b.Fatalf("there is no %q in\n%s", pattern, text.String())
	return nil
}

func startSimulator(b *testing.B) *pushServer {
	b.Helper()
	at := startOnCore(b, `(?s)base URL +(http://\S+).*control +(http://\S+)`, nil,
		build(b), "simulator", "--addr=127.0.0.1:0", "--control-addr=127.0.0.1:0", "--frozen", "--quiet")
	control := client.New(at[1], http.DefaultClient)
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }))
	b.Cleanup(receiver.Close)
	s := newPushServer(b, "simulator", at[0], benchToken(b, at[0]), receiver.URL)
	s.settle = func() error {
		_, err := control.AdvanceClock(context.Background(), time.Minute)
		return err
	}
	return s
}

// startBare runs this benchmark again, as the yardstick.
func startBare(b *testing.B) *pushServer {
	b.Helper()
	at := startOnCore(b, `bare server (http://\S+)`, []string{bareServer + "=1"}, os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkPushes$", "-test.benchtime=1x", "-test.cpu=1")
	return newPushServer(b, "bare", at[0], "x", "http://127.0.0.1/callback")
}

func serveBare(b *testing.B) {
	b.Helper()
	r := mux.NewRouter()
	r.HandleFunc(daraja.STKPushPath, func(w http.ResponseWriter, r *http.Request) {
		var push daraja.STKPush
		if err := json.NewDecoder(r.Body).Decode(&push); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json;charset=UTF-8")
		_ = json.NewEncoder(w).Encode(daraja.NewSTKPushAck("29115-34620561-1", "ws_CO_07072025180034153"+string(push.PhoneNumber)))
	}).Methods(http.MethodPost)
	server := httptest.NewServer(r)
	fmt.Printf("bare server %s\n", server.URL)
	select {} // until it is killed
}

func benchToken(b *testing.B, base string) string {
	b.Helper()
	req, err := http.NewRequestWithContext(b.Context(), http.MethodGet, base+daraja.TokenPath+"?grant_type=client_credentials", nil)
	if err != nil {
		b.Fatal(err)
	}
	req.SetBasicAuth("sandbox", "sandbox")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer res.Body.Close()
	var token daraja.TokenResponse
	if err := json.NewDecoder(res.Body).Decode(&token); err != nil {
		b.Fatal(err)
	}
	return token.AccessToken
}

// newPushServer connects. The clients write and read bytes, so that their core is not what
// is measured.
func newPushServer(b *testing.B, name, base, token, callback string) *pushServer {
	b.Helper()
	u, err := url.Parse(base)
	if err != nil {
		b.Fatal(err)
	}
	const stamp = "20160101000000"
	body := `{"BusinessShortCode":"` + daraja.SandboxShortcode + `","Password":"` + daraja.Password(daraja.SandboxShortcode, daraja.SandboxPasskey, stamp) +
		`","Timestamp":"` + stamp + `","TransactionType":"CustomerPayBillOnline","Amount":"1","PartyA":"` + benchPhone + `","PartyB":"` + daraja.SandboxShortcode +
		`","PhoneNumber":"` + benchPhone + `","CallBackURL":"` + callback + `","AccountReference":"INV-1","TransactionDesc":"bench"}`
	s := &pushServer{name: name, settle: func() error { return nil }, request: fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		daraja.STKPushPath, u.Host, token, len(body), body)}
	for range benchConns {
		conn, err := new(net.Dialer).DialContext(b.Context(), "tcp", u.Host)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = conn.Close() })
		s.conns = append(s.conns, conn)
	}
	return s
}

// turn sends n pushes, each to another phone, and lets the customers answer.
func (s *pushServer) turn(b *testing.B, n int) {
	b.Helper()
	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	start := time.Now()
	for _, conn := range s.conns {
		group.Go(func() {
			var each []time.Duration
			in := bufio.NewReader(conn)
			for i := next.Add(1); i <= int64(n); i = next.Add(1) {
				sent := time.Now()
				if err := s.push(conn, in, i); err != nil {
					b.Error(err)
					return
				}
				each = append(each, time.Since(sent))
			}
			mu.Lock()
			s.each = append(s.each, each...)
			mu.Unlock()
		})
	}
	group.Wait()
	s.took += time.Since(start)
	if err := s.settle(); err != nil {
		b.Fatal(err)
	}
}

func (s *pushServer) push(conn net.Conn, in *bufio.Reader, i int64) error {
	phone := fmt.Sprintf("%s%07d", benchPhone[:5], i)
	if _, err := io.WriteString(conn, strings.ReplaceAll(s.request, benchPhone, phone)); err != nil {
		return err
	}
	length := 0
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if n, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(n))); err != nil {
				return err
			}
		}
		if len(line) == 2 {
			break
		}
	}
	body, err := in.Peek(length)
	if err != nil {
		return err
	}
	if !bytes.Contains(body, []byte(`"ResponseCode":"0"`)) {
		return fmt.Errorf("%s answered %s", s.name, body)
	}
	_, err = in.Discard(length)
	return err
}
