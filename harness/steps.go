package harness

// step is a sentence of a feature, as a regular expression, and what it does.
type step struct {
	says string
	does any
}

// steps are all sentences that the features may use, by whom they speak of.
func (w *world) steps() []step {
	var all []step
	for _, some := range [][]step{
		w.customerSteps(), w.mpesaSteps(), w.callbackSteps(), w.partnerSteps(), w.badOrderSteps(), w.copiesSteps(),
		w.gatewaySteps(), w.webhookSteps(), w.timeSteps(), w.crowdSteps(), w.inboxSteps(), w.developerSteps(), w.refusalSteps(), w.scenarioFileSteps(), w.limitSteps(), w.merchantSteps(), w.reviewSteps(),
	} {
		all = append(all, some...)
	}
	return all
}
