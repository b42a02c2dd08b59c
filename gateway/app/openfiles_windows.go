package app

// openFiles is not known: Windows has no such limit.
func openFiles() uint64 { return 0 }
