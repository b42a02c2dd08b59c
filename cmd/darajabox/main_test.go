package main

import (
	"os"
	"testing"
	"time"

	"github.com/darajabox/darajabox/internal/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// patience is how long a service may take to stop on a machine that is busy.
const patience = 90 * time.Second
