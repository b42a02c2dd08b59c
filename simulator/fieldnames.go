package simulator

import "maps"

// rename gives each field of a call its own name, where a client has sent it under another.
// What was sent does not change.
func (op *operation) rename(sent Values) Values {
	renamed, copied := sent, false
	for _, f := range op.Fields {
		other := f.sentAs(sent)
		if other == "" {
			continue
		}
		if !copied {
			renamed, copied = maps.Clone(sent), true
		}
		renamed[f.Name] = sent[other]
	}
	return renamed
}

// respelt lists the fields that were sent under the right spelling of a misspelt name.
func (op *operation) respelt(sent Values) (fields []string) {
	for _, f := range op.Fields {
		if f.Spelt != "" && f.sentAs(sent) == f.Spelt {
			fields = append(fields, f.Name)
		}
	}
	return fields
}

// sentAs is the other name under which a field was sent; "" when its own has a value, or none.
func (f Field) sentAs(sent Values) string {
	if f.Also == nil && f.Spelt == "" || sent[f.Name] != "" {
		return ""
	}
	for _, other := range f.Also {
		if sent[other] != "" {
			return other
		}
	}
	if sent[f.Spelt] != "" {
		return f.Spelt
	}
	return ""
}
