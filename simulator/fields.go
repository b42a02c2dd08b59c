package simulator

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/darajabox/darajabox/daraja"
)

// Checks that fields of many products have.

// Required refuses a field that is missing or empty.
func Required(name string, v daraja.Text) string {
	if v == "" {
		return name + " is missing or empty"
	}
	return ""
}

// Shortcode takes 5 to 7 digits.
func Shortcode(name string, v daraja.Text) string {
	if n, err := strconv.ParseUint(string(v), 10, 32); err != nil || len(v) < 5 || len(v) > 7 || n == 0 {
		return fmt.Sprintf("%s is %.40q, it must be 5 to 7 digits", name, string(v))
	}
	return ""
}

// Timestamp checks the form only: Daraja takes a timestamp of any age.
func Timestamp(name string, v daraja.Text) string {
	if _, err := daraja.ParseTimestamp(string(v)); err != nil {
		return fmt.Sprintf("%s is %.40q, it must be yyyyMMddHHmmss", name, string(v))
	}
	return ""
}

// Amount takes a whole number of shillings that one payment may have.
func Amount(name string, v daraja.Text) string {
	m, err := daraja.ParseMoney(string(v))
	if err != nil || !m.Whole() || m < daraja.MinPayment || m > daraja.MaxPayment {
		return fmt.Sprintf("%s is %.40q, it must be a whole number from %d to %d",
			name, string(v), daraja.MinPayment.Shillings(), daraja.MaxPayment.Shillings())
	}
	return ""
}

// OrganisationAmount takes a whole number of shillings. What organisations pay each other has
// no published limit.
func OrganisationAmount(name string, v daraja.Text) string {
	if m, err := daraja.ParseMoney(string(v)); err != nil || !m.Whole() || m < daraja.Shilling {
		return fmt.Sprintf("%s is %.40q, it must be a whole number from 1", name, string(v))
	}
	return ""
}

// MSISDN takes a phone number as Daraja writes it.
func MSISDN(name string, v daraja.Text) string {
	if _, err := daraja.ParseMSISDN(string(v)); err != nil {
		return fmt.Sprintf("%s must be 2547XXXXXXXX or 2541XXXXXXXX, it has %d characters", name, len(v))
	}
	return ""
}

// OneOf takes one of a few words.
func OneOf(words ...string) Check {
	return func(name string, v daraja.Text) string {
		if slices.Contains(words, string(v)) {
			return ""
		}
		return fmt.Sprintf("%s is %.40q, it must be %s", name, string(v), wordList(words, "or"))
	}
}

// readPhone reads what can be read of a field that may be wrong, so that a rule can be about
// a request that Daraja refuses.
func readPhone(v string) daraja.MSISDN {
	m, err := daraja.ParseMSISDN(v)
	if err != nil && len(v) <= 32 {
		m, _ = daraja.NormaliseMSISDN(v)
	}
	return m
}
