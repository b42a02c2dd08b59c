package app

import (
	"errors"
	"fmt"

	"github.com/darajabox/darajabox/daraja"
)

// Till and store number that each world of the simulator has.
const (
	simulatorTill  = "174380"
	simulatorStore = "174381"
)

// checkTill refuses a till that cannot be paid with the other settings. M-PESA accepts
// some of these pushes, and each customer then sees an error on the phone.
func (cfg Config) checkTill() error {
	switch {
	case cfg.Till == "":
		return nil
	case !isShortcode(cfg.Till):
		return fmt.Errorf("till %q is not 5 to 7 digits: give the Buy Goods number with --till", cfg.Till)
	case cfg.Till == daraja.SandboxShortcode:
		return fmt.Errorf("%s is the sandbox's paybill, not a till: leave --till out", cfg.Till)
	case cfg.Shortcode == daraja.SandboxShortcode:
		return fmt.Errorf("shortcode %s is the sandbox's paybill, not the store number of a till: give the store number with --shortcode; that of the simulator's till %s is %s",
			cfg.Shortcode, simulatorTill, simulatorStore)
	case cfg.Till == cfg.Shortcode:
		return fmt.Errorf("till and shortcode are both %s: give the till's store number (or head office number) with --shortcode; M-PESA ends a push to the store number with SFC_IC0003, \"The operator does not exist.\"", cfg.Till)
	case cfg.darajaHost() == sandboxHost:
		return errors.New("Safaricom's sandbox has no till: it refuses CustomerBuyGoodsOnline. Try a till with the simulator: darajabox up --till " + simulatorTill)
	}
	return nil
}
