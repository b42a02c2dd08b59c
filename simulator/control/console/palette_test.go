package console_test

import (
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"testing"

	"github.com/darajabox/darajabox/simulator/control/console"
)

// Contrast that WCAG 2.2 AA asks for: of text, and of what shows where a control is.
const (
	ofText    = 4.5
	ofControl = 3.0
)

// pairs are the colours that stand on each other in the pages.
func pairs() map[[2]string]float64 {
	all := map[[2]string]float64{
		{"on-accent", "accent"}: ofText, {"on-accent", "accent-hover"}: ofText,
		{"accent", "accent-tint"}: ofText, {"bad", "bad-tint"}: ofText, {"warn", "warn-tint"}: ofText, {"info", "info-tint"}: ofText,
		{"ink", "bad-tint"}: ofText, {"soft", "bad-tint"}: ofText,
		{"ink", "glass"}: ofText, {"soft", "glass"}: ofText, {"ink", "bubble"}: ofText, {"soft", "bubble"}: ofText,
	}
	for _, ground := range []string{"ground", "surface", "raised", "hover"} {
		for _, text := range []string{"ink", "soft", "accent", "bad", "warn", "info"} {
			all[[2]string{text, ground}] = ofText
		}
		all[[2]string{"focus", ground}] = ofControl
		all[[2]string{"edge", ground}] = ofControl
	}
	return all
}

func TestContrastOfThePalette(t *testing.T) {
	css, err := fs.ReadFile(console.Files(), "css/theme.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := palette(t, string(css))
	if len(light) < 20 {
		t.Fatalf("only %d colours were found", len(light))
	}
	for theme, colours := range map[string]map[string]colour{"light": light, "dark": dark} {
		for pair, least := range pairs() {
			text, ok1 := colours[pair[0]]
			ground, ok2 := colours[pair[1]]
			if !ok1 || !ok2 {
				t.Errorf("there is no --%s or no --%s", pair[0], pair[1])
				continue
			}
			if got := contrast(text, ground); got < least {
				t.Errorf("%s: --%s on --%s has a contrast of %.2f, want %.1f", theme, pair[0], pair[1], got, least)
			}
		}
	}
}

// palette reads the custom properties: a colour for both themes, or one for each.
func palette(t *testing.T, css string) (light, dark map[string]colour) {
	t.Helper()
	light, dark = map[string]colour{}, map[string]colour{}
	line := regexp.MustCompile(`(?m)^\s*--([\w-]+):\s*(?:light-dark\((#\w{6}),\s*(#\w{6})\)|(#\w{6}));`)
	for _, m := range line.FindAllStringSubmatch(css, -1) {
		if m[4] != "" {
			m[2], m[3] = m[4], m[4]
		}
		light[m[1]], dark[m[1]] = hex(t, m[2]), hex(t, m[3])
	}
	for _, m := range regexp.MustCompile(`(?m)^\s*--([\w-]+):.*(?:#|light-dark)`).FindAllStringSubmatch(css, -1) {
		if _, ok := light[m[1]]; !ok {
			t.Errorf("--%s is written in a way that this test does not read", m[1])
		}
	}
	return light, dark
}

// colour is red, green and blue from 0 to 1.
type colour [3]float64

func hex(t *testing.T, s string) colour {
	t.Helper()
	var c colour
	for i := range c {
		n, err := strconv.ParseUint(s[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(fmt.Errorf("colour %s: %w", s, err))
		}
		c[i] = float64(n) / 255
	}
	return c
}

// luminance is the relative luminance of WCAG 2.2.
func (c colour) luminance() float64 {
	var linear colour
	for i, v := range c {
		if v <= 0.04045 {
			linear[i] = v / 12.92
		} else {
			linear[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*linear[0] + 0.7152*linear[1] + 0.0722*linear[2]
}

func contrast(a, b colour) float64 {
	high, low := max(a.luminance(), b.luminance()), min(a.luminance(), b.luminance())
	return (high + 0.05) / (low + 0.05)
}

func TestContrastIsComputedAsWCAGDoes(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(hex(t, tt.a), hex(t, tt.b)); math.Abs(got-tt.want) > 0.01 {
			t.Errorf("%s on %s: %.2f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}
