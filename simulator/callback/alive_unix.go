//go:build unix

package callback

import (
	"net"
	"syscall"
)

// alive reports whether nothing has come on a connection on which nothing should: no
// end, no error and no bytes. It does not wait.
func alive(c *net.TCPConn) bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	silent := false
	err = raw.Read(func(fd uintptr) bool {
		var one [1]byte
		_, err := syscall.Read(int(fd), one[:])
		silent = err == syscall.EAGAIN
		return true
	})
	return err == nil && silent
}
