package journal

import (
	"encoding/binary"
	"encoding/json"
	"time"
	"unicode/utf8"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// A record is kept packed: numbers as varints, texts with their length before them,
// one behind the other in a block. Twenty thousand records are then a few dozen
// things to the garbage collector, and keeping one costs no more than its bytes.

// The texts of a record, in the order in which they are packed.
const (
	textKind = iota
	textAPI
	textPayment
	textPhone
	textReference
	textShortcode
	textAmount
	textMethod
	textURL
	textErrorCode
	textReason
	textBy
	textError
	texts
)

func (r *Record) texts() [texts]string {
	return [texts]string{
		textKind: string(r.Kind), textAPI: string(r.API), textPayment: r.Payment, textPhone: r.Phone,
		textReference: r.Reference, textShortcode: r.Shortcode, textAmount: r.Amount, textMethod: r.Method,
		textURL: r.URL, textErrorCode: r.ErrorCode, textReason: r.Reason, textBy: r.By, textError: r.Error,
	}
}

// pack appends what is kept of r to b.
func pack(b []byte, r *Record) []byte {
	b = binary.AppendVarint(b, r.At.Unix())
	b = binary.AppendUvarint(b, uint64(r.At.Nanosecond()))
	b = binary.AppendVarint(b, int64(r.Status))
	b = binary.AppendVarint(b, int64(r.Copy))
	if r.Dropped {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	all := r.texts()
	all[textURL], all[textError] = Text(all[textURL]), Text(all[textError])
	for _, s := range all {
		b = packText(b, cut(s, MaxText))
	}
	faults := r.Faults[:min(len(r.Faults), MaxFaults)]
	b = append(b, byte(len(faults)))
	for _, s := range faults {
		b = packText(b, cut(s, MaxText))
	}
	b = packHeader(b, r)
	return packBody(packBody(b, r.Request), r.Response)
}

func packText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// packBody packs a body; where there is none it is null, as in JSON.
func packBody(b, body []byte) []byte {
	if len(body) == 0 {
		return packText(b, "null")
	}
	return append(binary.AppendUvarint(b, uint64(len(body))), body...)
}

// view is a packed record opened for reading, without a copy. Its bytes are those
// of the block and are not to be changed.
type view struct {
	seq               uint64
	sec               int64
	nsec              uint64
	status, copy      int
	dropped           bool
	texts             [texts][]byte
	faults, header    cursor // lists
	request, response []byte
}

// cursor is a part of a packed record.
type cursor []byte

// number takes an unsigned number from the front.
func (c cursor) number() (n uint64, rest cursor) {
	if c[0] < 0x80 {
		return uint64(c[0]), c[1:]
	}
	n, width := binary.Uvarint(c)
	return n, c[width:]
}

// signed takes a number that may be below 0.
func (c cursor) signed() (n int64, rest cursor) {
	n, width := binary.Varint(c)
	return n, c[width:]
}

// text takes a text.
func (c cursor) text() (s []byte, rest cursor) {
	n, rest := c.number()
	return rest[:n], rest[n:]
}

// list visits the texts of a list, and returns what is after it.
func (c cursor) list(visit func(s []byte)) cursor {
	n := int(c[0])
	c = c[1:]
	var s []byte
	for range n {
		if s, c = c.text(); visit != nil {
			visit(s)
		}
	}
	return c
}

// lines visits the lines of a header, and returns what is after it.
func (c cursor) lines(visit func(name, line []byte)) cursor {
	n := int(c[0])
	c = c[1:]
	var name, line []byte
	for range n {
		name, c = c.text()
		if line, c = c.text(); visit != nil {
			visit(name, line)
		}
	}
	return c
}

// open reads packed into v.
func (v *view) open(seq uint64, packed []byte) {
	c := cursor(packed)
	v.seq = seq
	v.sec, c = c.signed()
	v.nsec, c = c.number()
	status, c := c.signed()
	copies, c := c.signed()
	v.status, v.copy = int(status), int(copies)
	v.dropped, c = c[0] == 1, c[1:]
	for i := range v.texts {
		v.texts[i], c = c.text()
	}
	v.faults = c
	c = c.list(nil)
	v.header = c
	c = c.lines(nil)
	v.request, c = c.text()
	v.response, _ = c.text()
}

// record is a copy of v of its own.
func (v *view) record(world string) Record {
	r := Record{
		Seq: v.seq, At: time.Unix(v.sec, int64(v.nsec)).In(daraja.EAT()), World: world,
		Kind: Kind(v.texts[textKind]), API: simulator.API(v.texts[textAPI]),
		Payment: string(v.texts[textPayment]), Phone: string(v.texts[textPhone]), Reference: string(v.texts[textReference]),
		Shortcode: string(v.texts[textShortcode]), Amount: string(v.texts[textAmount]),
		Method: string(v.texts[textMethod]), URL: string(v.texts[textURL]), Status: v.status,
		ErrorCode: string(v.texts[textErrorCode]), Reason: string(v.texts[textReason]), By: string(v.texts[textBy]),
		Copy: v.copy, Dropped: v.dropped, Error: string(v.texts[textError]),
		Request: append(json.RawMessage{}, v.request...), Response: append(json.RawMessage{}, v.response...),
	}
	r.Faults = make([]string, 0, v.faults[0])
	v.faults.list(func(s []byte) { r.Faults = append(r.Faults, string(s)) })
	r.RequestHeader = make(map[string]string, v.header[0])
	v.header.lines(func(name, line []byte) { r.RequestHeader[string(name)] = string(line) })
	return r
}

// cut bounds a text, between two letters.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
