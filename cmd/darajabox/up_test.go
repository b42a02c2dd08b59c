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
	want := banner{
		simulator: "http://127.0.0.1:7070", control: "http://127.0.0.1:7071", gateway: "http://127.0.0.1:8080", admin: "http://127.0.0.1:8081",
		inbox: "http://127.0.0.1:8090", data: "/tmp/darajabox-3141592653", note: "gone when this stops",
	}.String()
	if !strings.Contains(string(readme), "```\n"+strings.TrimSpace(want)+"\n```") {
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
