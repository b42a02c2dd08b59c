package control

import "encoding/json"

// Routes lists the API's own view of its surface: "GET /clock of a world".
func Routes() []string {
	var out []string
	for _, r := range (&server{}).routes() {
		of := ""
		if r.ofWorld != nil {
			of = " of a world"
		}
		out = append(out, r.method+" "+r.path+of)
	}
	return out
}

// Understood is a `then` as the queue shows it.
func Understood(w World, then string) ([]byte, error) {
	o, err := w.Outcome([]byte(then))
	if err != nil {
		return nil, err
	}
	return json.Marshal(newOutcomeView(o))
}
