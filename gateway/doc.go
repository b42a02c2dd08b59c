// Package gateway is the domain of a payment gateway over M-PESA: payments, the
// table of their transitions, the policy for each result code, partners, and the
// interfaces it needs. It does no I/O of its own: clock, randomness, store and
// network are fields, and adapters live in the folders below.
package gateway
