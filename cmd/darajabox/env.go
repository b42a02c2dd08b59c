package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	simapp "github.com/darajabox/darajabox/simulator/app"
)

// envCmd brings an app that has Safaricom's hosts built in to the simulator.
type envCmd struct {
	ProxyAddr string   `help:"Address of the simulator's proxy, as its banner shows it." default:"${proxyAddr}" placeholder:"HOST:PORT"`
	CADir     string   `name:"ca-dir" help:"Folder with the files of the simulator's certificate authority, when they were copied out of a container; the simulator says where they are unless given." type:"path" placeholder:"DIR"`
	Command   []string `arg:"" optional:"" passthrough:"" help:"Command to run with the variables, behind --; without one, they are printed."`
	outputFlags
}

// envVariable is one of the environment, and the programs that it is for.
type envVariable struct{ name, value, programs string }

func (c *envCmd) Run(e *env) error {
	if len(c.Command) > 0 && c.Command[0] == "--" { // the parser keeps it
		c.Command = c.Command[1:]
	}
	info, err := c.ask(e)
	if err != nil {
		return err
	}
	dir := cmp.Or(c.CADir, info.CADir)
	files := simapp.CAFilesIn(dir)
	if _, err := os.Stat(files.Bundle); err != nil {
		return fmt.Errorf("the certificates of the simulator are not on this machine: %w; if it runs in a container, copy its folder %s here and name the copy with --ca-dir", err, info.CADir)
	}
	variables := c.variables(info.Proxy, files)
	switch {
	case len(c.Command) > 0:
		return c.run(e, variables)
	case c.asJSON():
		return printVariablesJSON(e, variables)
	}
	printExports(e, variables)
	return nil
}

// ask gets from the proxy what it is. Its port may be another program's.
func (c *envCmd) ask(e *env) (info simapp.ProxyInfo, err error) {
	addr := c.ProxyAddr
	if addr == simapp.ProxyAuto {
		addr = simapp.DefaultProxyAddr
	}
	base := url.URL{Scheme: "http", Host: addr, Path: "/"}
	req, err := http.NewRequestWithContext(e.ctx, http.MethodGet, base.String(), http.NoBody)
	if err != nil || req.URL.Hostname() == "" || req.URL.Port() == "" {
		return info, usageError("--proxy-addr %q is not HOST:PORT such as %s", addr, simapp.DefaultProxyAddr)
	}
	direct := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 10 * time.Second} // the proxy of the environment may be this one
	resp, err := direct.Do(req)
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return info, unreachable("no proxy of a simulator answers at %s; start one with `%s`, or set --proxy-addr", addr, e.command("up"))
	}
	if err != nil {
		return info, unreachable("asking the proxy: %w", err)
	}
	defer func() { _ = resp.Body.Close() }() // it has been read or is another program's
	if resp.StatusCode == http.StatusInternalServerError {
		return info, fmt.Errorf("the proxy at %s answers %s; the simulator's log says why", addr, resp.Status)
	}
	if err := json.NewDecoder(http.MaxBytesReader(nil, resp.Body, 64<<10)).Decode(&info); err != nil || info.Service != simapp.ProxyService {
		return info, unreachable("what answers at %s is not the proxy of a simulator; set --proxy-addr", addr)
	}
	info.Proxy = addr // the name by which it was reached
	return info, nil
}

// variables are what programs need, in the order of printing.
func (c *envCmd) variables(proxy string, files simapp.CAFiles) []envVariable {
	const (
		proxies = "the proxy: Go, Python, PHP, Ruby, curl, axios; Ruby looks at http_proxy"
		trust   = "trust: "
	)
	address := "http://" + proxy
	direct := noProxy(os.Getenv("NO_PROXY"), os.Getenv("no_proxy"))
	return []envVariable{
		{"HTTPS_PROXY", address, proxies}, {"https_proxy", address, proxies}, {"HTTP_PROXY", address, proxies}, {"http_proxy", address, proxies},
		{"NO_PROXY", direct, proxies}, {"no_proxy", direct, proxies},
		{"SSL_CERT_FILE", files.Bundle, trust + "Go, Ruby, Python's own ssl and httpx, OpenSSL, .NET on Linux"},
		{"REQUESTS_CA_BUNDLE", files.Bundle, trust + "Python requests"},
		{"CURL_CA_BUNDLE", files.Bundle, trust + "curl"},
		{"PHP_INI_SCAN_DIR", phpFolders(files.PHP), trust + "PHP: curl, Guzzle, streams"},
		{"NODE_EXTRA_CA_CERTS", files.CA, trust + "Node"},
		{"NODE_OPTIONS", nodeOptions(files.Node), "Node's own https and fetch, which do not read HTTPS_PROXY"},
		{"JAVA_TOOL_OPTIONS", javaOptions(proxy, files.TrustStore), "Java: proxy and trust"},
	}
}

// noProxy adds this machine to the hosts that are reached directly, such as the app's own.
func noProxy(given ...string) string {
	all := strings.FieldsFunc(cmp.Or(given...), func(r rune) bool { return r == ',' || r == ' ' })
	for _, own := range []string{"localhost", "127.0.0.1", "::1"} {
		if !slices.Contains(all, own) {
			all = append(all, own)
		}
	}
	return strings.Join(all, ",")
}

// nodeOptions adds a module to those of NODE_OPTIONS.
func nodeOptions(module string) string {
	return addOption(os.Getenv("NODE_OPTIONS"), "--require "+`"`+filepath.ToSlash(module)+`"`)
}

// javaOptions adds properties to those of JAVA_TOOL_OPTIONS.
func javaOptions(proxy, trustStore string) string {
	host, port, _ := net.SplitHostPort(proxy)
	options := os.Getenv("JAVA_TOOL_OPTIONS")
	for _, property := range [][2]string{
		{"https.proxyHost", host}, {"https.proxyPort", port}, {"http.proxyHost", host}, {"http.proxyPort", port},
		{"http.nonProxyHosts", "localhost|127.*|[::1]"},
		{"javax.net.ssl.trustStore", trustStore}, {"javax.net.ssl.trustStoreType", "PKCS12"}, {"javax.net.ssl.trustStorePassword", simapp.TrustStorePassword},
	} {
		options = addOption(options, `"-D`+property[0]+"="+property[1]+`"`)
	}
	return options
}

// phpFolders adds a folder to those of PHP_INI_SCAN_DIR, in which nothing is PHP's usual one.
func phpFolders(folder string) string {
	given := os.Getenv("PHP_INI_SCAN_DIR")
	if slices.Contains(filepath.SplitList(given), folder) {
		return given
	}
	return given + string(os.PathListSeparator) + folder
}

// addOption adds an option to a list, unless it is there already.
func addOption(options, option string) string {
	if strings.Contains(options, option) {
		return options
	}
	return strings.TrimSpace(options + " " + option)
}

func printVariablesJSON(e *env, variables []envVariable) error {
	all := make(map[string]string, len(variables))
	for _, v := range variables {
		all[v.name] = v.value
	}
	return printJSON(e, all)
}

// printExports prints commands for sh, each group below a comment.
func printExports(e *env, variables []envVariable) {
	programs := ""
	for _, v := range variables {
		if v.programs != programs {
			programs = v.programs
			fmt.Fprintf(e.stdout, "# %s\n", programs)
		}
		fmt.Fprintf(e.stdout, "export %s=%s\n", v.name, shellQuote(v.value))
	}
}

// run runs the command with the variables.
func (c *envCmd) run(e *env, variables []envVariable) error {
	file, err := exec.LookPath(c.Command[0])
	if err != nil {
		return usageError("%q cannot be run: %w", c.Command[0], err)
	}
	environ := os.Environ()
	for _, v := range variables {
		environ = append(environ, v.name+"="+v.value) // the last one counts
	}
	if e.become != nil {
		return e.become(file, c.Command, environ)
	}
	return become(e, file, c.Command, environ)
}

// lastOfEach leaves out variables that are set again later: programs differ in which of two
// they take.
func lastOfEach(environ []string) (all []string) {
	seen := map[string]bool{}
	for _, v := range slices.Backward(environ) {
		name, _, _ := strings.Cut(v, "=")
		if !seen[name] {
			all = append(all, v)
		}
		seen[name] = true
	}
	slices.Reverse(all)
	return all
}
