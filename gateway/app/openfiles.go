package app

import "fmt"

const (
	leastFiles    = 128 // open files, below which a gateway does not start
	reservedFiles = 256 // for the database, Daraja, webhooks, administration and monitoring
)

// fit returns l with limits of connections that leave files for the rest of the gateway,
// when each of so many listeners is full. files is how many the process may have open; 0
// is not known.
func (l Limits) fit(files uint64, listeners int) (Limits, error) {
	if files == 0 || l.Connections == 0 {
		return l, nil
	}
	if files < leastFiles {
		return l, fmt.Errorf("this process may have %d files open, and a gateway needs %d; raise the limit by ulimit -n", files, leastFiles)
	}
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
	l, err := a.cfg.Limits.fit(files, listeners)
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
