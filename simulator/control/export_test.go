package control

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
