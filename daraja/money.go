package daraja

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount of Kenya shillings in integer cents.
type Money int64

// Shilling is one Kenya shilling.
const Shilling Money = 100

// Limits of one customer payment, as published in M-PESA's tariff.
const (
	MinPayment = 1 * Shilling
	MaxPayment = 250_000 * Shilling
)

// MaxWallet is the most that a customer's wallet may hold.
const MaxWallet = 500_000 * Shilling

// Shillings returns the whole shillings of m; cents are cut off.
func (m Money) Shillings() int64 { return int64(m / Shilling) }

// Whole reports whether m has no cents.
func (m Money) Whole() bool { return m%Shilling == 0 }

// String prints m with two decimals, as Daraja does: 1.00, -2420.00.
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign, m = "-", -m
	}
	return fmt.Sprintf("%s%d.%02d", sign, int64(m/Shilling), int64(m%Shilling))
}

// Grouped prints m as Kenyans write it for people: KES 4,203,637.00. The wire has
// String's form.
func (m Money) Grouped() string {
	number, negative := strings.CutPrefix(m.String(), "-")
	for i := len(number) - len(".00") - 3; i > 0; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	if negative {
		number = "-" + number
	}
	return "KES " + number
}

// maxMoneyDigits keeps the arithmetic of ParseMoney far from overflow.
const maxMoneyDigits = 13

// ParseMoney reads a decimal number of shillings with at most two decimals: 1,
// 1.5, 1.00. It refuses signs, exponents and anything else.
func ParseMoney(s string) (Money, error) {
	whole, cents, decimal := strings.Cut(s, ".")
	if !digits(whole) || len(whole) > maxMoneyDigits {
		return 0, fmt.Errorf("amount %q is not a number of shillings", s)
	}
	if decimal && (!digits(cents) || len(strings.TrimRight(cents, "0")) > 2) {
		return 0, fmt.Errorf("amount %q has more than whole cents", s)
	}
	n, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("amount %q: %w", s, err)
	}
	return Money(n), nil
}

// digits reports whether s is one or more ASCII digits.
func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
