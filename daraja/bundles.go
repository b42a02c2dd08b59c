package daraja

// Paths of Mobile Center, which sells data bundles. Offers and status are GET.
const (
	BundleOffersPath   = "/v1/dynamic-offers/fetch"
	BundlePurchasePath = "/v1/dynamic-offers/facebook-bundle/purchase"
	BundleStatusPath   = "/v2/bundles/get/status"
)

// BundleOffers is what a number can buy. The wire misspells relatedSusbscription.
type BundleOffers struct {
	ID                   string          `json:"id"`
	Desc                 string          `json:"desc"`
	Status               string          `json:"status"`
	RelatedSusbscription []BundleSubject `json:"relatedSusbscription"`
	LineItem             BundleLine      `json:"lineItem"`
}

// BundleSubject is a number that offers are for.
type BundleSubject struct {
	Desc string `json:"desc"`
	Name string `json:"name"`
}

// BundleLine is the list of offers.
type BundleLine struct {
	CharacteristicsValue []BundleOffer `json:"characteristicsValue"`
}

// BundleOffer is a bundle that can be bought. Prices are shillings, validity is days, and
// resources are megabytes.
type BundleOffer struct {
	OfferName        string       `json:"offerName"`
	UniqueOfferingID string       `json:"uniqueOfferingId"`
	OfferValidity    int          `json:"offerValidity"`
	ResourceAccID    int          `json:"resourceAccId"`
	ResourceValue    int          `json:"resourceValue"`
	OfferPrice       int64        `json:"offerPrice"`
	OfferUSSDName    string       `json:"offerUssdName"`
	OfferingID       int          `json:"offeringId"`
	OfferSource      string       `json:"offerSource"`
	LocationID       int          `json:"locationId"`
	Subscribed       int          `json:"subscribed"` // 1 while the number has the bundle
	ChildOffers      []ChildOffer `json:"childOffers"`
}

// ChildOffer is a bundle inside another one.
type ChildOffer struct {
	OfferName     string `json:"offerName"`
	OfferValidity int    `json:"offerValidity"`
	ResourceAccID int    `json:"resourceAccId"`
	ResourceValue int    `json:"resourceValue"`
	OfferPrice    int64  `json:"offerPrice"`
	OfferUSSDName string `json:"offerUssdName"`
	ParentOfferID int    `json:"parentOfferId"`
}

// ServiceHeader is the header in the answers of newer services.
type ServiceHeader struct {
	RequestRefID    string     `json:"requestRefId"`
	ResponseCode    ResultCode `json:"responseCode"` // a number on the wire
	ResponseMessage string     `json:"responseMessage"`
	CustomerMessage string     `json:"customerMessage"`
	Timestamp       string     `json:"timestamp"` // in Nairobi, without a zone
}

// BundlePurchase is the answer to a purchase.
type BundlePurchase struct {
	Header ServiceHeader `json:"header"`
}

// BundleStatus is the state of a purchase.
type BundleStatus struct {
	ResponseID      string `json:"responseId"`
	ResponseDesc    string `json:"responseDesc"`
	ResponseStatus  string `json:"responseStatus"`
	ResponseCreated string `json:"responseCreated"` // yyyyMMddHHmmss and milliseconds
}
