// Package loadtest tests a whole gateway under load, and under chaos: processes are
// killed, connections cut and callbacks forged while orders come in. The checker sees
// the gateway from outside only: the answers that clients got, the webhooks that partners
// got, the payments in M-PESA's ledger and the audit log. It never takes the gateway's
// own word for a result. What the gateway promises is the list of rules.
//
// A full disk and a lease that expires while its process is stopped have tests of their
// own, in internal/e2e and gateway/postgres. Package mutant has a fault for each rule,
// and `make mutants` shows that the checker finds each of them.
package loadtest
