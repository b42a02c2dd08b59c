package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/darajabox/darajabox/daraja"
)

type outputFlags struct {
	Output string `help:"Form of the answer: text for people, json for programs." enum:"text,json" default:"text" short:"o"`
}

func (f outputFlags) asJSON() bool { return f.Output == "json" }

func printJSON(e *env, answer any) error {
	line, err := daraja.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	fmt.Fprintf(e.stdout, "%s\n", line)
	return nil
}

func printIndented(e *env, answer any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(answer); err != nil {
		return fmt.Errorf("writing the answer: %w", err)
	}
	return nil
}

// printTable prints a row for each item below a header whose columns are separated by |,
// or the text none when there is no item.
func printTable[T any](w io.Writer, none, header string, items []T, row func(T) []string) {
	if len(items) == 0 {
		fmt.Fprintln(w, none)
		return
	}
	rows := [][]string{strings.Split(header, "|")}
	for _, item := range items {
		rows = append(rows, row(item))
	}
	printRows(w, rows...)
}

// printRows prints rows in columns that are two spaces apart, - for an empty cell.
func printRows(w io.Writer, rows ...[]string) {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = orDash(cell)
		}
		fmt.Fprintln(tw, strings.Join(cells, "\t"))
	}
	_ = tw.Flush() // a closed terminal cannot be reported to
}

func orDash(s string) string { return cmp.Or(oneLine(s), "-") }

// oneLine replaces control and format characters, which may turn the direction of a line.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cc, r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}

func truncate(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// Layouts of times for people.
const (
	layoutWeekday = "Mon 2 Jan 2006 15:04:05"
	layoutSecond  = "2 Jan 15:04:05"
	layoutMilli   = "2 Jan 15:04:05.000"
	layoutYear    = "2006-01-02 15:04"
)

// formatTime is a time in East Africa; "" for none.
func formatTime(t time.Time, layout string) string {
	if t.IsZero() {
		return ""
	}
	return t.In(daraja.EAT()).Format(layout)
}

// shortTime is a time without its year, for a column whose header has the zone.
func shortTime(t time.Time) string { return formatTime(t, layoutSecond) }

// zonedTime is a time without its year, with its zone.
func zonedTime(t time.Time) string { return formatTime(t, layoutSecond+" EAT") }

// longTime is a time with its year and zone, for what lives long, such as keys.
func longTime(t time.Time) string { return formatTime(t, layoutYear+" EAT") }

func orNever(t time.Time) string { return cmp.Or(longTime(t), never) }

// plural is a number of things: 1 rule, 2 rules.
func plural[N int | int64](n N, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// joinWords is strings.Join for any kind of text.
func joinWords[W ~string](words []W, between string) string {
	var texts []string
	for _, w := range words {
		texts = append(texts, string(w))
	}
	return strings.Join(texts, between)
}

func shillings(cents int64) string { return daraja.Money(cents).Grouped() }

func onOff(b bool) string {
	if b {
		return on
	}
	return "off"
}

// on is a setting's value.
const on = "on"
