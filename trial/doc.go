// Package trial puts a whole gateway on trial: under load, and under everything that
// goes wrong at once. It judges from outside only: by what clients were answered,
// what partners were told, what M-PESA's ledger says was paid, and what of it is in the
// log that an auditor reads, never by the gateway's own word for it.
//
// What the gateway promises, and the rule of the judge that checks it:
//
//	 1 one push for each idempotency key           OnePush, Refusals
//	 2 one credit for each receipt and payment     OneCredit, Money
//	 3 acknowledged callbacks are on record        Kept
//	 4 every result is told, or visibly given up   ToldAll, OneWebhook
//	 5 the same key gives the same answer          SameAnswer
//	 6 settled is final, a late success is told    Money, ToldAll, Committed
//	 7 what does not match is put aside            Money, OneCredit, Reasons
//	 8 the log is complete and its chain unbroken  Chain
//	 9 a forged callback changes nothing           Money, Strangers, Proof, Applied
//	10 everything settles when the faults end      Settled, Applied
//	11 a replica that hangs finishes nothing twice OneWebhook, OnePush, on PostgreSQL
//	12 no 2xx without a commit                     Known, Kept
//	 – a partner reads its own payments only       Private
//
// A disk that is full (12) and a lease that has run out while a process was stopped for
// longer than it lasts (11) have tests of their own, in cmd/darajabox and
// gateway/postgres. Package trial/mutant has a fault for each rule, and `make mutants`
// shows that the judge finds each of them.
package trial
