//go:build !unix

package main

import "io/fs"

// openAtOnce is of no use where pipes are no files.
const openAtOnce = 0

// ownerOf is the same for every file: a new file's owner stays as the system makes it.
func ownerOf(fs.FileInfo) (uid, gid int) { return -1, -1 }

// hasOtherNames is not known here.
func hasOtherNames(fs.FileInfo) bool { return false }
