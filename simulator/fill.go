package simulator

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

// fill puts values of a JSON body into a text: ${Body.stkCallback.ResultCode} is the value
// at that path as the body has it, a text without its quotes. A number in a path is an
// index of a list from 0. What the body does not have stays as it is written.
func fill(text string, body []byte) []byte {
	if !strings.Contains(text, "${") {
		return []byte(text)
	}
	return regexp.MustCompile(`\$\{[A-Za-z0-9_.]+\}`).ReplaceAllFunc([]byte(text), func(name []byte) []byte {
		if v, ok := valueAt(body, strings.Split(string(name[2:len(name)-1]), ".")); ok {
			return v
		}
		return name
	})
}

func valueAt(v json.RawMessage, path []string) ([]byte, bool) {
	for _, name := range path {
		var object map[string]json.RawMessage
		var list []json.RawMessage
		if json.Unmarshal(v, &list) == nil {
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(list) {
				return nil, false
			}
			v = list[n]
			continue
		}
		if json.Unmarshal(v, &object) != nil || object[name] == nil {
			return nil, false
		}
		v = object[name]
	}
	var text string
	if len(v) > 0 && v[0] == '"' && json.Unmarshal(v, &text) == nil {
		return []byte(text), true
	}
	return v, true
}
