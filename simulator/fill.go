package simulator

import (
	"regexp"
	"strings"

	"github.com/tidwall/gjson"
)

// fill puts values of a JSON body into a text: ${Result.ResultCode} is the value
// at that path as the body has it, a text without its quotes. A number in a path is an
// index of a list from 0. What the body does not have stays as it is written.
func fill(text string, body []byte) []byte {
	if !strings.Contains(text, "${") {
		return []byte(text)
	}
	return regexp.MustCompile(`\$\{[A-Za-z0-9_.]+\}`).ReplaceAllFunc([]byte(text), func(name []byte) []byte {
		switch v := gjson.GetBytes(body, string(name[2:len(name)-1])); {
		case !v.Exists():
			return name
		case v.Type == gjson.String:
			return []byte(v.Str)
		default:
			return []byte(v.Raw)
		}
	})
}
