package main

import (
	"os"
	"strings"
	"testing"

	gwapp "github.com/darajabox/darajabox/gateway/app"
)

// What README shows of `up` is what it prints, to the letter.
func TestREADMEShowsWhatUpPrints(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	if want := plainUp().String(); !strings.Contains(string(readme), "```\n"+strings.TrimSpace(want)+"\n```") {
		t.Errorf("README shows something else than:\n%s", want)
	}
}

// The inbox of the compose file has the secret of the key that its gateway has, so its
// lines say signature=ok.
func TestComposeFileHasTheSecretOfItsKey(t *testing.T) {
	compose, err := os.ReadFile("../../docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"local=" + localKey + "\n", `--secret, "` + gwapp.PartnerConfig{Key: localKey}.WebhookSecret() + `"`} {
		if !strings.Contains(string(compose), want) {
			t.Errorf("docker-compose.yml lacks %s", want)
		}
	}
}
