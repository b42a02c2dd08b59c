package simulator

import (
	"fmt"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
)

// magicPrefix begins the phone numbers whose last five digits are a result code.
const magicPrefix = "2547000"

// MagicMSISDN is the phone number that asks for a result: 254700001032 for 1032. It is ""
// for a code that does not fit in five digits.
func MagicMSISDN(c daraja.ResultCode) daraja.MSISDN {
	n, err := strconv.Atoi(string(c))
	if err != nil || n < 0 || n > 99999 {
		return ""
	}
	return daraja.MSISDN(fmt.Sprintf("%s%05d", magicPrefix, n))
}

// MagicResult is the result that a phone number asks for. It returns false for an
// ordinary number.
func MagicResult(m daraja.MSISDN) (daraja.ResultCode, bool) {
	if len(m) != 12 || string(m[:len(magicPrefix)]) != magicPrefix {
		return "", false
	}
	n, err := strconv.Atoi(string(m[len(magicPrefix):]))
	return daraja.ResultCode(strconv.Itoa(n)), err == nil
}
