package journal

import (
	"maps"
	"slices"
	"strings"
)

// packHeader appends what is kept of the header: at most MaxHeaders lines and
// MaxHeaderBytes, without secrets. When there are more, those that come first by name
// are kept, so that it does not depend on the order of a map.
func packHeader(b []byte, r *Record) []byte {
	start, most := len(b), len(r.Header)
	if r.Header == nil {
		most = len(r.RequestHeader)
	}
	b = append(b, byte(most))
	if most <= MaxHeaders {
		for name, values := range r.Header {
			b = packLine(b, name, joined(values))
		}
		if r.Header == nil {
			for name, value := range r.RequestHeader {
				b = packLine(b, name, value)
			}
		}
		if len(b)-start <= MaxHeaderBytes {
			return b
		}
	}
	return packFirst(b[:start], r)
}

// packFirst appends the lines that fit, in order of their names.
func packFirst(b []byte, r *Record) []byte {
	line := func(name string) string { return joined(r.Header[name]) }
	names := slices.Sorted(maps.Keys(r.Header))
	if r.Header == nil {
		line = func(name string) string { return r.RequestHeader[name] }
		names = slices.Sorted(maps.Keys(r.RequestHeader))
	}
	start, n := len(b), byte(0)
	b = append(b, 0)
	for _, name := range names {
		end := len(b)
		if n == MaxHeaders {
			break
		}
		if b = packLine(b, name, line(name)); len(b)-start > MaxHeaderBytes {
			b = b[:end]
			continue
		}
		n++
	}
	b[start] = n
	return b
}

func packLine(b []byte, name, value string) []byte {
	value = headerValue(name, value)
	return packText(packText(b, name), value)
}

func joined(values []string) string {
	if len(values) == 1 {
		return values[0]
	}
	return strings.Join(values, ", ")
}

// headerValue is what is kept of a line: of a secret, that it was there, and by which
// scheme.
func headerValue(name, value string) string {
	switch name { // what nearly every request has
	case "Accept", "Accept-Encoding", "Content-Length", "Content-Type", "User-Agent":
		return Text(value)
	}
	if !secretName(name) {
		return Text(value)
	}
	scheme, _, _ := strings.Cut(value, " ")
	switch {
	case strings.EqualFold(scheme, "basic"):
		return "Basic " + redacted
	case strings.EqualFold(scheme, "bearer"):
		return "Bearer " + redacted
	}
	return redacted
}
