package daraja

import "testing"

func TestValidCheckoutRequestID(t *testing.T) {
	for id, want := range map[string]bool{
		"ws_CO_07072025180034153708374149":      true,
		"ws_CO_191220191020363925":              true,
		"ws_CO_DMZ_123456789_01012018120000123": true,
		"ws_CO_":                                false,
		"ws_co_191220191020363925":              false,
		"191220191020363925":                    false,
		"ws_CO_19122019102036392x":              false,
		"":                                      false,
	} {
		if got := ValidCheckoutRequestID(id); got != want {
			t.Errorf("%q: %v, want %v", id, got, want)
		}
	}
}
