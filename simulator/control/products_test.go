package control_test

import "testing"

// An action has a route, whose refusals name the field or what there is.
func TestActionsOfProducts(t *testing.T) {
	r := start(t)
	r.steps([]step{
		{"GET", "/products", "", 200, `…{"name":"diary","doc":"a diary","operations":[],"actions":[{"name":"write","doc":"writes a line","fields":[{"name":"phone","doc":"Whose."},{"name":"line","doc":"The line."}]}]}`},
		{"GET", "/products", "", 200, `…{"api":"stkquery","doc":"the result of a prompt","method":"POST","path":"/mpesa/stkpushquery/v1/query","fields":[{"name":"BusinessShortCode",`},
		{"POST", "/products/diary/write", `{"phone": "254712345678", "line": "Monday"}`, 200, `{"result":{"line":"Monday"}}`},
		{"POST", "/products/diary/write", `{"phone": "12", "line": "Monday"}`, 400, `{"error":"phone must be 2547XXXXXXXX or 2541XXXXXXXX, it has 2 characters","field":"phone"}`},
		{"POST", "/products/diary/write", `{"phone": "254712345678"}`, 400, `{"error":"line is missing or empty","field":"line"}`},
		{"POST", "/products/diary/write", `{"phone": "254712345678", "line": "full"}`, 409, `…the diary is full`},
		{"POST", "/products/diary/write", `{"phon": "254712345678"}`, 400, `…unknown key \"phon\"; there are phone, line; did you mean phone?`},
		{"POST", "/products/diary/write", `[]`, 400, `…the body is not a JSON object`},
		{"POST", "/products/diary/read", "", 404, `…diary has write, not \"read\"`},
		{"POST", "/products/oauth/read", "", 404, `…oauth has none`},
		{"POST", "/products/bank/read", "", 404, `…no product is called \"bank\"`},
		{"GET", "/journal?kind=action", "", 200, `…"phone":"254712345678"`},
	})
}
