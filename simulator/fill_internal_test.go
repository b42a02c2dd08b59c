package simulator

import "testing"

func TestFill(t *testing.T) {
	const body = `{"Body":{"z":1.00,"a":{"Item":[{"Name":"x \"y\""},{"Name":"b","Value":null}]}}}`
	for text, want := range map[string]string{
		"plain":                    "plain",
		"${Body}":                  `{"z":1.00,"a":{"Item":[{"Name":"x \"y\""},{"Name":"b","Value":null}]}}`, // in the order of the body
		"${Body.z} and ${Body.z}":  "1.00 and 1.00",
		"${Body.a.Item.0.Name}":    `x "y"`,
		"${Body.a.Item.1.Value}":   "null",
		"${Body.a.Item.2.Name}":    "${Body.a.Item.2.Name}",
		"${Body.a.Item.-1}":        "${Body.a.Item.-1}",
		"${Body.a.Item.x}":         "${Body.a.Item.x}",
		"${Body.z.deeper} ${} ${a": "${Body.z.deeper} ${} ${a",
	} {
		if got := string(fill(text, []byte(body))); got != want {
			t.Errorf("%s becomes %s, want %s", text, got, want)
		}
	}
	if got := string(fill("${a}", []byte("no JSON"))); got != "${a}" {
		t.Errorf("a body that is no JSON gives %s", got)
	}
}
