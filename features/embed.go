// Package features holds the Gherkin features, one folder for each capability.
// They are written for people: what a customer, a partner and M-PESA do, and what
// the gateway makes of it. Package harness runs them.
package features

import "embed"

// FS returns the feature files.
func FS() embed.FS { return files }

//go:embed */*.feature
var files embed.FS
