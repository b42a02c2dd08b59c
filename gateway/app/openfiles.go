package app

import "fmt"

const (
	leastFiles    = 128 // open files, below which a gateway does not start
	reservedFiles = 256 // for the database, Daraja and webhooks

	mostPrivate = 64 // connections to administration, and to the listener of --ops-addr
)

// privateLimit is how many connections a private listener may have: a small part of files,
// so that many of them leave the public listeners their own. 0 files is not known.
func privateLimit(files uint64) int {
	if files == 0 {
		return mostPrivate
	}
	return int(min(mostPrivate, files/16))
}

// fit returns l with limits of connections that leave files for the rest of the gateway,
// when each of so many listeners is full, and the private ones with so many connections
// together. files is how many the process may have open; 0 is not known.
func (l Limits) fit(files uint64, listeners, private int) (Limits, error) {
	if files == 0 || l.Connections == 0 {
		return l, nil
	}
	if files < leastFiles {
		return l, fmt.Errorf("this process may have %d files open, and a gateway needs %d; raise the limit by ulimit -n", files, leastFiles)
	}
	files -= uint64(private)
	pools := uint64(2 * listeners)
	most := (files - min(reservedFiles, files/2)) / pools
	if most >= uint64(l.Connections) {
		return l, nil
	}
	fewer := int(most)
	if l.SourceConnections > 0 {
		l.SourceConnections = max(int(float64(l.SourceConnections)*float64(fewer)/float64(l.Connections)), 1)
	}
	l.Connections = fewer
	return l, nil
}

// fitLimits lowers the limits of connections to what the process may have open.
func (a *App) fitLimits(files uint64) error {
	listeners := 1
	if a.cfg.Callbacks.Addr != "" {
		listeners = 2
	}
	a.privateMost = privateLimit(files)
	private := 0
	for _, addr := range []string{a.cfg.AdminAddr, a.cfg.OpsAddr} {
		if addr != "" {
			private += a.privateMost
		}
	}
	l, err := a.cfg.Limits.fit(files, listeners, private)
	if err != nil {
		return err
	}
	if given := a.cfg.Limits; l.Connections != given.Connections {
		a.cfg.Log.Warn("the limits of connections are lowered, since this process may not have enough files open; raise the limit by ulimit -n, or set --max-connections",
			"open_files", files, "max_connections", l.Connections, "given", given.Connections, "max_connections_per_source", l.SourceConnections)
	}
	a.cfg.Limits = l
	return nil
}
