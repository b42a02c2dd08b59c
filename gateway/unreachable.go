package gateway

// UnreachableError is the error of a Sender when a host has no address that webhooks
// may go to: its name is not known, or it leads to a private address. A partner gets
// the same words for both, since the difference tells which names exist in the network
// of the gateway. Cause is for the log.
type UnreachableError struct{ Cause error }

// Error implements error. It is what the partner may read.
func (e *UnreachableError) Error() string { return "the host cannot be reached at a public address" }

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Cause }
