package main

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// defaultData is the folder of a gateway's database unless a flag or a variable says
// otherwise.
const defaultData = "darajabox-data"

// adminFlags say which gateway a command administers, and how it tells the answer.
type adminFlags struct {
	AdminURL   string `help:"Base URL of the gateway's administration." default:"${adminURL}" placeholder:"URL"`
	AdminToken string `help:"Token of the administration; the one in the data folder unless given." placeholder:"TOKEN"`
	Data       string `help:"Folder of the gateway's database; the token is in its admin.token." default:"${data}" type:"path" placeholder:"DIR"`
	Output     string `help:"Form of the answer: text for people, json as the administration gives it." enum:"text,json" default:"text" short:"o"`
}

// hint is a command as it is printed, for the same gateway. A token stays out of it.
func (f adminFlags) hint(e *env, args ...string) string {
	data := flagValue{"--data", f.Data, "DARAJABOX_DATA", defaultData}
	if f.Data == kong.ExpandPath(data.withoutFlag()) {
		data.value = ""
	}
	return e.hint([]flagValue{data, {"--admin-url", f.AdminURL, "DARAJABOX_ADMIN_URL", defaultAdminURL}}, args...)
}

func (f adminFlags) remote() remote {
	return remote{
		base: f.AdminURL, flag: "--admin-url", example: defaultAdminURL,
		service: "gateway", start: []string{"gateway"}, port: "gateway's administration",
	}
}

func (f adminFlags) ask(e *env, c call) ([]byte, error) {
	to := f.remote()
	var err error
	if to.token, err = f.token(); err != nil {
		return nil, err
	}
	c.path = "/admin/v1" + c.path
	body, err := to.ask(e, c)
	if refused := (refusedError{}); errors.As(err, &refused) && refused.status == http.StatusUnauthorized {
		return nil, f.wrongToken()
	}
	return body, err
}

// wrongToken says where another token comes from.
func (f adminFlags) wrongToken() error {
	if f.AdminToken != "" {
		return fmt.Errorf("the gateway at %s has another administration token; give its own with --admin-token or DARAJABOX_ADMIN_TOKEN, or its data folder with --data", f.AdminURL)
	}
	return fmt.Errorf("the gateway at %s has another administration token than %s; give its data folder with --data, or its token with --admin-token or DARAJABOX_ADMIN_TOKEN",
		f.AdminURL, filepath.Join(f.Data, "admin.token"))
}

// token is the one that was given, or that of a gateway on the same machine.
func (f adminFlags) token() (string, error) {
	if f.AdminToken != "" {
		return f.AdminToken, nil
	}
	file := filepath.Join(f.Data, "admin.token")
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return "", fmt.Errorf("there is no token in %s; say --data with the gateway's data folder, or --admin-token", file)
	case err != nil:
		return "", fmt.Errorf("reading the token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func (f adminFlags) decode(body []byte, into any) error { return f.remote().decode(body, into) }

func (f adminFlags) form() string { return f.Output }

// below joins parts, each escaped, to a path.
func below(parts ...string) string {
	var path strings.Builder
	for _, p := range parts {
		path.WriteString("/" + url.PathEscape(p))
	}
	return path.String()
}

func get(parts ...string) call { return call{method: http.MethodGet, path: below(parts...)} }

func post(body any, parts ...string) call {
	return call{method: http.MethodPost, path: below(parts...), body: body}
}

// listFlags choose a page of a list.
type listFlags struct {
	Partner string `help:"Only this partner." placeholder:"NAME" env:"-"`
	After   int64  `help:"Only after this number." placeholder:"N" env:"-"`
	Limit   int    `help:"At most this many lines." default:"100" placeholder:"N" env:"-"`
}

func (f listFlags) query(state string) url.Values {
	q := url.Values{"limit": {strconv.Itoa(f.Limit)}}
	for name, value := range map[string]string{"partner": f.Partner, "state": state} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.After != 0 {
		q.Set("after", strconv.FormatInt(f.After, 10))
	}
	return q
}
