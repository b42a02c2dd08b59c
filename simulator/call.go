package simulator

// Call is what an HTTP request carries beside its fields.
type Call struct {
	Authorization string              // the header
	Header        map[string][]string // names as net/http writes them
	Body          []byte              // as it came
	Fault         error               // why Body has no fields, a *daraja.Error; told once the call is authorized
}
