package admin_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The routes in the table of docs/gateway.md exist.
func TestRoutesOfTheDocsExist(t *testing.T) {
	doc, err := os.ReadFile("../../docs/gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile("(?m)^\\| `(GET|POST) (/admin/v1/[^`]+)` \\|").FindAllStringSubmatch(string(doc), -1)
	if len(rows) != 6 {
		t.Errorf("%d routes, want 6", len(rows))
	}
	for _, row := range rows {
		path := strings.NewReplacer("ID", "7", "CODE", "1050").Replace(row[2])
		w := newDoor(nil).call(row[1], path, strings.NewReader("[]"))
		want := http.StatusOK
		if row[1] == http.MethodPost { // the body is refused, after the route was found
			want = http.StatusBadRequest
		}
		if w.Code != want {
			t.Errorf("%s %s: HTTP %d %s", row[1], path, w.Code, w.Body)
		}
	}
}
