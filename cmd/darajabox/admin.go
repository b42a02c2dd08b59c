package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/darajabox/darajabox/internal/apiclient"
)

// defaultData is the folder of a gateway's database by default.
const defaultData = "darajabox-data"

type adminFlags struct {
	AdminURL   string `help:"Base URL of the gateway's administration." default:"${adminURL}" placeholder:"URL"`
	AdminToken string `help:"Token of the administration; the one in the data folder unless given." placeholder:"TOKEN"`
	Data       string `help:"Folder of the gateway's database; the token is in its admin.token." default:"${data}" type:"path" placeholder:"DIR"`
	outputFlags
}

// hint is a command to print, for the same gateway. A token stays out of it.
func (f adminFlags) hint(e *env, args ...string) string {
	data := flagValue{"--data", f.Data, "DARAJABOX_DATA", defaultData}
	if f.Data == kong.ExpandPath(data.withoutFlag()) {
		data.value = ""
	}
	return e.hint([]flagValue{data, {"--admin-url", f.AdminURL, "DARAJABOX_ADMIN_URL", defaultAdminURL}}, args...)
}

// call asks the administration.
func call[T any](e *env, f adminFlags, c apiclient.Call) (answer T, err error) {
	token, err := f.token()
	if err != nil {
		return answer, exitError{exitFailed, err}
	}
	c.Path = "/admin/v1" + c.Path
	err = apiclient.Client{Base: f.AdminURL, Token: token}.Do(e.ctx, c, &answer)
	return answer, err
}

func callAndPrint[T any](e *env, f adminFlags, c apiclient.Call, text func(io.Writer, T)) error {
	return answerOf(call[T](e, f, c)).print(e, f, text)
}

// callAndConfirm sends a request whose answer says no more than that it is done.
func callAndConfirm(e *env, f adminFlags, c apiclient.Call, done string) error {
	_, err := call[any](e, f, c)
	return confirm(e, f, err, done)
}

// explain is the error of a call to the administration in a shell's terms; nil for none.
func (f adminFlags) explain(e *env, err error) error {
	var refused *apiclient.RefusedError
	switch {
	case errors.As(err, new(exitError)): // nothing was sent
		return err
	case errors.As(err, &refused) && refused.Status == http.StatusUnauthorized && refused.Message != "":
		return f.wrongToken()
	}
	return endpoint{
		url: f.AdminURL, flag: "--admin-url", example: defaultAdminURL,
		service: "gateway", listener: "gateway's administration",
	}.explain(e, err)
}

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
		return "", fmt.Errorf("there is no token in %s; set --data with the gateway's data folder, or --admin-token", file)
	case err != nil:
		return "", fmt.Errorf("reading the token: %w", err)
	}
	return strings.TrimSpace(string(text)), nil
}

func get(parts ...string) apiclient.Call {
	return apiclient.Call{Method: http.MethodGet, Path: apiclient.Path(parts...)}
}

func post(body any, parts ...string) apiclient.Call {
	return apiclient.Call{Method: http.MethodPost, Path: apiclient.Path(parts...), Body: body}
}

type listFlags struct {
	Partner string `help:"Only this partner." placeholder:"NAME" env:"-"`
	After   int64  `help:"Only after this number." placeholder:"N" env:"-"`
	Limit   int    `help:"At most this many lines." default:"100" placeholder:"N" env:"-"`
}

// page is a call for a page of a list, of the rows whose field is value.
func (f listFlags) page(list, field, value string) apiclient.Call {
	c := get(list)
	c.Query = apiclient.Query(map[string]string{"limit": strconv.Itoa(f.Limit), "partner": f.Partner, field: value, "after": nonZero(f.After)})
	return c
}

// none says what an empty list has none of, in whose rows a filter found value.
func (f listFlags) none(what, filter, value string) string {
	text := "No " + what
	if value != "" {
		text += filter + value
	}
	if f.Partner != "" {
		text += " of partner " + f.Partner
	}
	if f.After != 0 {
		text += fmt.Sprintf(" after %d", f.After)
	}
	return text + "."
}

func printNext(w io.Writer, next int64) {
	if next != 0 {
		fmt.Fprintf(w, "\nThere may be more: repeat the command with --after %d\n", next)
	}
}

// nonZero is a number in digits, "" for 0.
func nonZero[N int64 | uint64](n N) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprint(n)
}
