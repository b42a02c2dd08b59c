// Package daraja is the wire protocol of Safaricom's Daraja API: messages,
// errors, result codes, identifiers and credentials. It is pure: it imports the
// standard library only, touches no network and no clock, and keeps no global
// state. A fake Daraja and a client of the real one can both be written with it.
package daraja
