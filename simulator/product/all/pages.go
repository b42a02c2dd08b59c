package all

import (
	"slices"
	"strings"

	"github.com/darajabox/darajabox/daraja"
	"github.com/darajabox/darajabox/simulator"
)

// Pages are the APIs in the catalogue of Safaricom's portal, in its order.
func Pages() []string {
	return []string{
		"Authorization", "M-Pesa Express", "M-Pesa Express Query", "C2B Register URL", "C2B Simulate", "B2C", "Business to Pochi",
		"Business Pay Bill", "Business Buy Goods", "B2C Account Top Up", "Tax Remittance", "B2B Express Checkout", "Transaction Status",
		"Account Balance", "Reversal", "Dynamic QR", "M-Pesa Ratiba", "Pull Transactions", "Bill Manager", "SIM Swap", "IMSI",
		"Age on Network", "Query Org Info", "Mobile Number Validation", "Lipa na Bonga", "IoT SIM Management", "Mobile Center",
		"B2C Hakikisha", "C2B Hakikisha",
	}
}

// Covered is a page of the catalogue and what the simulator has of it.
type Covered struct {
	Page       string
	APIs       []string // names of its operations, or of actions for an API that Safaricom calls
	Paths      []string
	Answers    []string // what is answered, and whether a callback follows
	Confidence []string
	Cases      int    // of its operations
	Folder     string // of the product
}

// Covers lists the pages of the catalogue. cases has the number of cases by API.
func Covers(c *simulator.Catalogue, cases map[string]int) []Covered {
	var all []Covered
	for _, page := range Pages() {
		one := Covered{Page: page}
		for _, p := range c.Products() {
			for _, op := range p.Operations {
				if slices.Contains(op.Pages, page) {
					one.addOperation(p.Name, op, cases[string(op.API)])
				}
			}
			for _, a := range p.Actions {
				if slices.Contains(a.Pages, page) {
					name := p.Name + " " + a.Name
					one.add(p.Name, name, "Safaricom calls the partner", a.Doc, a.Confidence, cases[name])
				}
			}
		}
		all = append(all, one)
	}
	return all
}

func (c *Covered) addOperation(product string, op simulator.Operation, cases int) {
	answers := op.Doc
	if op.StartsPayment {
		answers += "; the result comes by callback"
	}
	c.add(product, string(op.API), op.Method+" `"+op.Path+"`", answers, op.Confidence, cases)
	for _, path := range op.Also {
		c.Paths = append(c.Paths, op.Method+" `"+path+"`")
	}
}

func (c *Covered) add(product, api, path, answers string, confidence daraja.Confidence, cases int) {
	c.Folder = product
	c.APIs, c.Paths, c.Answers = append(c.APIs, "`"+api+"`"), append(c.Paths, path), append(c.Answers, answers)
	if !slices.Contains(c.Confidence, string(confidence)) {
		c.Confidence = append(c.Confidence, string(confidence))
	}
	c.Cases += cases
}

// cell joins the lines of a cell of a table.
func cell(lines []string) string { return strings.Join(lines, "<br>") }
