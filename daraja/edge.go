package daraja

import (
	"fmt"
	"hash/fnv"
	"net/http"
)

// EdgeAnswer is an answer of what stands before Daraja's services, and so in none of
// their forms (reference: transport).
type EdgeAnswer struct {
	Status      int    // HTTP status
	ContentType string // "" when there is no body
	Body        []byte
}

// EdgeSpikeArrest is the 429 of the Apigee gateway: its native fault, and not the
// envelope. Allowed is the rate in requests a second.
func EdgeSpikeArrest(allowed int) EdgeAnswer {
	return EdgeAnswer{
		Status:      http.StatusTooManyRequests,
		ContentType: "application/json",
		Body: fmt.Appendf(nil, `{"fault":{"faultstring":"Spike arrest violation. Allowed rate : MessageRate{messagesPerPeriod=%d, periodInMicroseconds=1000000, maxBurstMessageCount=1.0}","detail":{"errorcode":"policies.ratelimit.SpikeArrestViolation"}}}`,
			allowed),
	}
}

// EdgeForbidden is the 403 of the firewall: the page that Incapsula shows to bursts
// and to clients that look like robots. The incident's number comes from seed, so
// that the same seed gives the same page.
func EdgeForbidden(seed string) EdgeAnswer {
	return incapsula(http.StatusForbidden, seed, "15&cinfo=04000000")
}

// EdgeUnavailable is the 503 of the firewall, when nothing behind it answers.
func EdgeUnavailable(seed string) EdgeAnswer {
	return incapsula(http.StatusServiceUnavailable, seed, "10&cinfo=ffffffff")
}

// EdgeEmpty is a 400 without a body, as wrong credentials get.
func EdgeEmpty() EdgeAnswer { return EdgeAnswer{Status: http.StatusBadRequest} }

// incapsula is the page in which the firewall names an incident.
func incapsula(status int, seed, cause string) EdgeAnswer {
	h := fnv.New64a()
	_, _ = h.Write([]byte(seed)) // a hash takes everything
	n := h.Sum64()
	incident := fmt.Sprintf("%016d-%017d", n%1e16, n/1e3%1e17)
	page := fmt.Appendf(nil, `<html style="height:100%%"><head><META NAME="ROBOTS" CONTENT="NOINDEX, NOFOLLOW"><meta name="format-detection" content="telephone=no"><meta name="viewport" content="initial-scale=1.0"><meta http-equiv="X-UA-Compatible" content="IE=edge,chrome=1"></head><body style="margin:0px;height:100%%"><iframe id="main-iframe" src="/_Incapsula_Resource?SWUDNSAI=31&incident_id=%s&edet=%s&rpinfo=0&mth=POST" frameborder=0 width="100%%" height="100%%" marginheight="0px" marginwidth="0px">Request unsuccessful. Incapsula incident ID: %s</iframe></body></html>`,
		incident, cause, incident)
	return EdgeAnswer{Status: status, ContentType: "text/html", Body: page}
}
