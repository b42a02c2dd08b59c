package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ownFiles are the files of a data folder that only their owner may read.
func ownFiles() []string {
	return []string{DatabaseFile, DatabaseFile + "-wal", DatabaseFile + "-shm", "gateway.lock", ledgerFile, masterKeyFile, tokenFile}
}

// tightenFiles takes the files of the data folder from all but their owner. Those of a
// backup that was put back may have the mode of the copy.
func (cfg Config) tightenFiles() {
	folder := cfg.secretsFolder()
	if folder == "" {
		return
	}
	var done, failed []string
	for _, name := range ownFiles() {
		changed, err := tighten(filepath.Join(folder, name))
		switch {
		case err != nil:
			failed = append(failed, name)
		case changed:
			done = append(done, name)
		}
	}
	if len(done) > 0 {
		cfg.Log.Warn("others on this machine could read files of the data folder; only its owner can now", "folder", folder, "files", strings.Join(done, ", "))
	}
	if len(failed) > 0 {
		cfg.Log.Warn("others on this machine may read files of the data folder, and the gateway may not change that; run 'chmod 600' on them as their owner",
			"folder", folder, "files", strings.Join(failed, ", "))
	}
}

// tighten reports whether it had to change the mode of a file.
func tighten(path string) (changed bool, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil || !othersMayRead(info) {
		return false, err
	}
	return true, os.Chmod(path, info.Mode().Perm()&0o700)
}
