package condition_test

import (
	"strings"
	"testing"

	"github.com/darajabox/darajabox/simulator/condition"
)

func TestNeverTrue(t *testing.T) {
	for text, want := range map[string]string{
		`time.hour == 25`:                           `0: has time.hour == 25, which never holds: it is from 0 to 23`,
		`amount > 5 && time.hour >= 24`:             `14: has time.hour >= 24, which never holds: it is from 0 to 23`,
		`24 <= time.hour`:                           `0: has time.hour >= 24, which never holds: it is from 0 to 23`,
		`time.hour > 23`:                            `0: has time.hour > 23, which never holds`,
		`time.minute in [60, 30]`:                   `0: has time.minute in 60, which never holds`,
		`time.month == 0`:                           `0: has time.month == 0, which never holds: it is from 1 to 12`,
		`time.day < 1`:                              `0: has time.day < 1`,
		`time.weekday == 'sunday'`:                  `0: has time.weekday == "sunday", which never holds: it is a day such as Monday`,
		`phone == '0708374149'`:                     `0: has phone == "0708374149", which never holds: it is twelve digits that begin with 2547 or 2541; '254708374149'`,
		`phone == '+254 708 374 149'`:               `0: has phone == "+254 708 374 149", which never holds: it is twelve digits that begin with 2547 or 2541; '254708374149'`,
		`phone in ['254708374149', '0711000000']`:   `0: has phone in "0711000000", which never holds: it is twelve digits that begin with 2547 or 2541; '254711000000'`,
		`not (phone startsWith '07')`:               `5: has phone startsWith "07", which never holds: it is twelve digits that begin with 2547 or 2541; '2547'`,
		`shortcode == '12'`:                         `0: has shortcode == "12", which never holds: it is 5 to 7 digits`,
		`amount < 0`:                                `0: has amount < 0, which never holds: it is 0 at least`,
		`attempt == 0 || amount > 1`:                `0: has attempt == 0, which never holds: it is 1 at least`,
		`time.hour == 23`:                           ``,
		`time.hour < 24`:                            ``,
		`time.hour != 25`:                           ``,
		`phone == '254708374149'`:                   ``,
		`phone == ''`:                               ``,
		`phone startsWith '25'`:                     ``,
		`phone startsWith '2541'`:                   ``,
		`phone endsWith '07'`:                       ``,
		`shortcode == '174379'`:                     ``,
		`time.weekday in ['Saturday', 'Sunday']`:    ``,
		`body.Amount == 25`:                         ``,
		`time.hour + 2 == 25`:                       ``,
		`any([1, 2], # == 25)`:                      ``,
		`reference == '07'`:                         ``,
		`time.hour in 22..23`:                       ``,
		`attempt % 2 == 0 && headers['X'] == 'y'`:   ``,
		`time.hour >= 22 || time.hour < 5`:          ``,
		`amount >= 0.5 and checkout_request_id==''`: ``,
	} {
		t.Run(text, func(t *testing.T) {
			e, wrong := condition.CompileRequest(text)
			if wrong != nil {
				t.Fatalf("%+v", wrong)
			}
			var got []string
			for _, v := range e.NeverTrue() {
				line := string(rune('0'+v.At%10)) + ": " + v.What
				if v.At >= 10 {
					line = "1" + line
				}
				if v.Nearest != "" {
					line += "; " + v.Nearest
				}
				got = append(got, line)
			}
			if all := strings.Join(got, "\n"); !strings.HasPrefix(all, want) || want == "" && all != "" {
				t.Errorf("got %s, want %s", all, want)
			}
		})
	}
}
