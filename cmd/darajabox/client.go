package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/darajabox/darajabox/daraja"
)

// Where commands look for running services unless a flag or a variable says otherwise.
const (
	defaultControlURL = "http://127.0.0.1:7071"
	defaultAdminURL   = "http://127.0.0.1:8081"
)

// controlFlags say which simulator a command speaks to, and how it tells the answer.
type controlFlags struct {
	Control string `help:"Base URL of the simulator's control port." default:"${controlURL}" placeholder:"URL"`
	Output  string `help:"Form of the answer: text for people, json as the control API gives it." enum:"text,json" default:"text" short:"o"`
}

// clientFlags add the world in which a command works.
type clientFlags struct {
	controlFlags
	World string `help:"World to work in." default:"${world}" placeholder:"ID"`
}

// hint is a command as it is printed, for the same simulator and world.
func (f clientFlags) hint(e *env, args ...string) string {
	return e.hint([]flagValue{
		{"--control", f.Control, "DARAJABOX_CONTROL", defaultControlURL}, {"--world", f.World, "DARAJABOX_WORLD", defaultWorld},
	}, args...)
}

// path is a path of the world's part of the control API.
func (f clientFlags) path(parts ...string) string { return worldPath(f.World, parts...) }

// worldPath joins parts, each escaped, below the world.
func worldPath(world string, parts ...string) string {
	path := "/worlds/" + url.PathEscape(world)
	for _, p := range parts {
		path += "/" + url.PathEscape(p)
	}
	return path
}

// peer is what a command speaks to.
type peer interface {
	ask(e *env, c call) ([]byte, error)
	decode(body []byte, into any) error
	form() string // of the answer: text or json
}

func (f controlFlags) remote() remote {
	return remote{
		base: f.Control, flag: "--control", example: defaultControlURL,
		service: "simulator", start: []string{"simulator"}, port: "simulator's control port",
	}
}

func (f controlFlags) ask(e *env, c call) ([]byte, error) { return f.remote().ask(e, c) }

func (f controlFlags) open(e *env, c call) (*http.Response, error) { return f.remote().open(e, c) }

func (f controlFlags) decode(body []byte, into any) error { return f.remote().decode(body, into) }

func (f controlFlags) form() string { return f.Output }

// read asks and decodes the answer.
func (f controlFlags) read(e *env, c call, into any) error { return read(e, f, c, into) }

// do asks and tells the answer.
func do[T any](e *env, f peer, c call, text func(io.Writer, T)) error {
	body, err := f.ask(e, c)
	if err != nil {
		return err
	}
	return tell(e, f, body, text)
}

// instruct asks for something that has no answer but that it is done.
func instruct(e *env, f peer, c call, done string) error {
	if _, err := f.ask(e, c); err != nil {
		return err
	}
	if f.form() == "text" {
		fmt.Fprintln(e.stdout, done)
	}
	return nil
}

// tell prints an answer: as it came, or what text makes of it.
func tell[T any](e *env, f peer, body []byte, text func(io.Writer, T)) error {
	if f.form() == "json" {
		fmt.Fprintf(e.stdout, "%s\n", bytes.TrimSpace(body))
		return nil
	}
	var v T
	if err := f.decode(body, &v); err != nil {
		return err
	}
	text(e.stdout, v)
	return nil
}

// read asks and decodes the answer.
func read(e *env, f peer, c call, into any) error {
	body, err := f.ask(e, c)
	if err != nil {
		return err
	}
	return f.decode(body, into)
}

// table prints rows in columns. Without rows it says what there is none of.
func table(w io.Writer, none string, header []string, rows [][]string) {
	if len(rows) == 0 {
		fmt.Fprintln(w, none)
		return
	}
	aligned(w, append([][]string{header}, rows...))
}

// aligned prints rows in columns that are two spaces apart.
func aligned(w io.Writer, rows [][]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = cmp.Or(oneLine(cell), "-")
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	_ = tw.Flush() // a closed terminal has nobody to tell
}

// oneLine keeps a text that came from outside to its place in a table: control and
// format characters, which may turn the direction of a line, become spaces.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

// Layouts of times for people, in East Africa's time.
const (
	layoutDay    = "Mon 2 Jan 2006 15:04:05"
	layoutSecond = "2 Jan 15:04:05"
	layoutMilli  = "2 Jan 15:04:05.000"
)

// short is a time without its year; "" for none.
func short(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(daraja.EAT()).Format(layoutSecond)
}

// zoned is a time that stands alone, with its zone; "" for none.
func zoned(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return short(t) + " EAT"
}

// counted is a number of things: 1 rule, 2 rules.
func counted[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// shillings is an amount for people.
func shillings(cents int64) string { return daraja.Money(cents).Grouped() }

// phoneNumber is a number in any form that people write, kept as Daraja writes it.
type phoneNumber string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *phoneNumber) UnmarshalText(b []byte) error {
	m, err := daraja.NormaliseMSISDN(string(b))
	if err != nil {
		return fmt.Errorf("%q is not a Kenyan mobile number; write 0708374149 or 254708374149", b)
	}
	*p = phoneNumber(m.Digits())
	return nil
}

// phonePattern is a number, or a pattern with * such as 2547*.
type phonePattern string

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *phonePattern) UnmarshalText(b []byte) error {
	if bytes.ContainsRune(b, '*') {
		*p = phonePattern(b)
		return nil
	}
	return (*phoneNumber)(p).UnmarshalText(b)
}

// moment is a time as people write it. Without a zone it is East Africa's.
type moment struct{ time.Time }

// UnmarshalText implements encoding.TextUnmarshaler.
func (m *moment) UnmarshalText(b []byte) error {
	if t, err := time.Parse(time.RFC3339, string(b)); err == nil {
		m.Time = t.In(daraja.EAT())
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, string(b), daraja.EAT()); err == nil {
			m.Time = t
			return nil
		}
	}
	return fmt.Errorf("%q is not a time; write 2030-01-01T12:00 (EAT) or 2030-01-01T12:00:00+03:00", b)
}

// rfc3339 is how the control API takes a time.
func (m moment) rfc3339() string { return m.Format(time.RFC3339Nano) }
