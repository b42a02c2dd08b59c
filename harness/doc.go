// Package harness runs the Gherkin features against a gateway and a simulator of
// M-PESA. It knows them by their addresses alone: a Stack says where they are, and
// the same steps drive services in this process, in containers, or anywhere else.
//
// A scenario has a customer, orders and a webhook address of its own, so nothing
// has to be wiped between two of them. After each, and once more after the last,
// the records of the three parties (what the partner was told, what the gateway
// says, what M-PESA's ledger and journal have) are held against each other; see
// Violations.
package harness
