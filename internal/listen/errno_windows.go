package listen

import "syscall"

// Numbers of Windows Sockets: syscall's own constants are numbers of Go there, which
// the system never returns.
const (
	errInUse    syscall.Errno = 10048 // WSAEADDRINUSE
	errDenied   syscall.Errno = 10013 // WSAEACCES
	errNotLocal syscall.Errno = 10049 // WSAEADDRNOTAVAIL
)
