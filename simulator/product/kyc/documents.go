package kyc

import (
	"fmt"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// maxDocuments bounds the documents that are registered by hand.
const maxDocuments = 10_000

func phoneField() simulator.Field {
	return simulator.Field{Name: "phone", Key: simulator.PhoneKey, Check: simulator.MSISDN, Doc: "The number."}
}

// showAction shows the documents of a number, which a validation does not.
func showAction() simulator.Action {
	return simulator.Action{
		Name: "documents", Doc: "shows the documents that a number is registered with",
		Fields: []simulator.Field{phoneField()},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			phone, all := daraja.MSISDN(v["phone"]), make(map[string]string)
			for _, kind := range []string{nationalID, militaryID, passport} {
				all[kind] = numberOf(l, document{phone, kind})
			}
			return all, nil
		},
	}
}

// registerAction is a customer who registers a number with a document.
func registerAction() simulator.Action {
	return simulator.Action{
		Name: "register", Doc: "registers a number with a document",
		Fields: []simulator.Field{
			phoneField(),
			{Name: "idType", Check: idType, Doc: "01 for a national ID, 02 for a military ID, 05 for a passport."},
			{Name: "idNumber", Check: idNumber, Doc: "The number of the document."},
		},
		Run: func(l *simulator.Locked, v simulator.Values) (any, error) {
			s, _ := l.StateOf(name).(*state)
			d := document{daraja.MSISDN(v["phone"]), string(v["idType"])}
			if _, known := s.documents[d]; !known && len(s.documents) >= maxDocuments {
				return nil, fmt.Errorf("%d documents were registered; reset the world first", maxDocuments)
			}
			s.documents[d] = string(v["idNumber"])
			return map[string]string{d.kind: s.documents[d]}, nil
		},
	}
}
