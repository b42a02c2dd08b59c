// Package trial puts a whole gateway on trial: under load, and under everything that
// goes wrong at once. It judges from outside only: by what clients were answered,
// what partners were told and what M-PESA's ledger says was paid, never by the
// gateway's own word for it.
package trial
