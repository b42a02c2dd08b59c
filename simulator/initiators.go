package simulator

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/darajabox/darajabox/daraja"
)

// Role is a right of an initiator, by its name on M-PESA's organisation portal.
type Role string

// The roles of the portal.
const (
	RoleB2C               Role = "ORG B2C API Initiator"
	RoleBusinessPayBill   Role = "Business Paybill Org API initiator"
	RoleBusinessBuyGoods  Role = "Business Buy Goods Org API initiator"
	RoleBusinessPayToBulk Role = "Org Business Pay to Bulk API initiator"
	RoleTransactionStatus Role = "Transaction Status query ORG API"
	RoleAccountBalance    Role = "Balance Query ORG API"
	RoleReversal          Role = "Org Reversals Initiator"
	RoleTaxRemittance     Role = "Tax Remittance to KRA API"
)

// Roles lists every role.
func Roles() []Role {
	return []Role{
		RoleB2C, RoleBusinessPayBill, RoleBusinessBuyGoods, RoleBusinessPayToBulk, RoleTransactionStatus, RoleAccountBalance, RoleReversal, RoleTaxRemittance,
	}
}

// Initiator is an API user of an organisation.
type Initiator struct {
	Name     string
	Password string
	Roles    []Role    // nil is every role
	Expires  time.Time // when the password is no longer right; zero is never
}

// PasswordLife is how long an initiator's password is right on M-PESA's portal.
const PasswordLife = 90 * 24 * time.Hour

// The initiator of Safaricom's sandbox.
const (
	SandboxInitiator         = "testapi"
	SandboxInitiatorPassword = "Safaricom999!*!"
)

// SandboxInitiators are the initiators of an organisation that has none of its own:
// the public one of Safaricom's sandbox, with every role.
func SandboxInitiators() []Initiator {
	return []Initiator{{Name: SandboxInitiator, Password: SandboxInitiatorPassword}}
}

// Names of the settings of initiators.
const (
	SettingWrongCredential    = "wrong_credential"
	SettingForeignCertificate = "foreign_certificate"
	SettingMissingRole        = "missing_role"
	SettingInitiatorLock      = "initiator_lock"
	SettingInitiatorLockTime  = "initiator_lock_time"
)

const (
	noResult = "no-result"
	accepted = "accepted"

	resultWrongInitiator  daraja.ResultCode = "2001"
	resultInitiatorLocked daraja.ResultCode = "8006"
	resultMissingRole     daraja.ResultCode = "21"
	resultTimedOut        daraja.ResultCode = "1019"
	resultMissingRoleText daraja.ResultCode = "TP40153"
)

func initiatorSettings() []Setting {
	return []Setting{
		{Name: SettingWrongCredential, Default: string(resultWrongInitiator), Allowed: []string{string(resultWrongInitiator), noResult},
			Doc: "a wrong SecurityCredential ends with result 2001, or with no result at all"},
		{Name: SettingForeignCertificate, Default: accepted, Allowed: []string{accepted, string(resultWrongInitiator)},
			Doc: "a SecurityCredential that was encrypted with another certificate, such as Safaricom's, is taken for the right one, or ends with result 2001"},
		{Name: SettingMissingRole, Default: string(resultMissingRole), Allowed: []string{string(resultMissingRole), string(resultMissingRoleText)},
			Doc: "result of a request whose initiator lacks the role"},
		Setting{Name: SettingInitiatorLock, Default: "5",
			Doc: "wrong SecurityCredentials in a row after which an initiator is locked and everything ends with 8006; 0 is never"}.Number(0, 100),
		Setting{Name: SettingInitiatorLockTime, Default: "2h",
			Doc: "how long an initiator stays locked"}.Duration(time.Second, 8760*time.Hour),
	}
}

// InitiatorError says why an initiator may not do what it asks. M-PESA accepts such a
// request and sends the code as its result.
type InitiatorError struct {
	Code     daraja.ResultCode
	NoResult bool   // M-PESA sends no result either
	Why      string // for a person; without the password
}

// Error implements error.
func (e *InitiatorError) Error() string { return fmt.Sprintf("result %s: %s", e.Code, e.Why) }

// initiatorID names an initiator of a world.
type initiatorID struct{ shortcode, name string }

// initiatorLock counts an initiator's wrong credentials.
type initiatorLock struct {
	wrong int       // since the last right one
	until time.Time // locked until then; zero is not locked
}

// initiatorLocks has the initiators whose latest credential was wrong.
type initiatorLocks map[initiatorID]initiatorLock

// Authenticate checks the initiator of a call: that it is one of the organisation's, the
// field with CredentialKey, and the role that the call needs. An organisation that is not
// there has no initiator. The error is an *InitiatorError. M-PESA does this after it has
// accepted the request, so that the error is a result and no refusal.
func (l *Locked) Authenticate(x *Exchange, shortcode, initiator string, role Role) error {
	org, here := l.Organisation(shortcode)
	if !here {
		return &InitiatorError{Code: resultWrongInitiator, Why: "no organisation here has shortcode " + shortcode}
	}
	claim := initiatorClaim{shortcode: shortcode, name: initiator, credential: x.credential, role: role}
	return l.locks.authenticate(org.initiators(), claim, l.settings, l.clock.Now())
}

// unlock forgets the wrong credentials of an organisation's initiators.
func (l initiatorLocks) unlock(shortcode string) {
	maps.DeleteFunc(l, func(id initiatorID, _ initiatorLock) bool { return id.shortcode == shortcode })
}

// initiatorClaim is what a request says of its initiator.
type initiatorClaim struct {
	shortcode  string
	name       string
	credential decryptedCredential
	role       Role // that the request needs
}

// authenticate returns nil when the claim is right, and an *InitiatorError otherwise.
// known are the initiators of the organisation.
func (l initiatorLocks) authenticate(known []Initiator, c initiatorClaim, settings settingValues, now time.Time) error {
	i := slices.IndexFunc(known, func(one Initiator) bool { return one.Name == c.name })
	if i < 0 {
		has := strings.Join(names(known, func(i Initiator) string { return i.Name }), ", ")
		return &InitiatorError{Code: resultWrongInitiator, Why: fmt.Sprintf("organisation %s has no initiator %.40q; it has %s", c.shortcode, c.name, cmp.Or(has, "none"))}
	}
	initiator, id := known[i], initiatorID{c.shortcode, c.name}
	lock := l[id]
	if !lock.until.IsZero() {
		if now.Before(lock.until) {
			return &InitiatorError{Code: resultInitiatorLocked, Why: fmt.Sprintf("initiator %s is locked until %s after %d wrong SecurityCredentials",
				c.name, lock.until.In(daraja.EAT()).Format(time.DateTime), lock.wrong)}
		}
		lock = initiatorLock{}
	}
	if why := wrongCredential(initiator, c.credential, settings); why != "" {
		limit := settings.number(SettingInitiatorLock)
		if lock.wrong++; limit > 0 && lock.wrong >= limit {
			lock.until = now.Add(settings.duration(SettingInitiatorLockTime))
		}
		l[id] = lock
		return &InitiatorError{Code: resultWrongInitiator, NoResult: settings[SettingWrongCredential] == noResult, Why: why}
	}
	delete(l, id)
	if !initiator.Expires.IsZero() && !now.Before(initiator.Expires) {
		return &InitiatorError{Code: resultWrongInitiator, Why: fmt.Sprintf("the password of initiator %s expired at %s",
			c.name, initiator.Expires.In(daraja.EAT()).Format(time.DateTime))}
	}
	if initiator.Roles != nil && !slices.Contains(initiator.Roles, c.role) {
		return &InitiatorError{Code: daraja.ResultCode(settings[SettingMissingRole]), Why: fmt.Sprintf("initiator %s does not have the role %q", c.name, c.role)}
	}
	return nil
}

// wrongCredential says what is wrong with a credential; "" is nothing.
func wrongCredential(i Initiator, c decryptedCredential, settings settingValues) string {
	switch {
	case c.foreign && settings[SettingForeignCertificate] == accepted:
		return ""
	case c.why != "":
		return c.why
	case c.password != i.Password:
		return "SecurityCredential has another password than that of initiator " + i.Name
	}
	return ""
}
