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

// rights is who besides its owner has rights on a file.
type rights int

const (
	ownerOnly rights = iota
	groupToo         // the file's group
	everybody
)

// tightenFiles takes the rights on the files of the data folder from all but their owner
// where everybody has some: those of a backup that was put back may have the mode of the
// copy. A group that alone has rights keeps them, since an operator may have given them,
// to make backups for example; the log names those files.
func (cfg Config) tightenFiles() {
	folder := cfg.secretsFolder()
	if folder == "" {
		return
	}
	var changed, failed, shared []string
	for _, name := range ownFiles() {
		had, err := tighten(filepath.Join(folder, name))
		switch {
		case err != nil:
			failed = append(failed, name)
		case had == everybody:
			changed = append(changed, name)
		case had == groupToo:
			shared = append(shared, name)
		}
	}
	for _, line := range []struct {
		files []string
		text  string
	}{
		{changed, "others on this machine could read files of the data folder; only its owner can now"},
		{failed, "others on this machine may read files of the data folder, and the gateway may not change that; run 'chmod 600' on them as their owner"},
		{shared, "the group of these files has rights on them, and keeps them; if it should not, run 'chmod 600' on them"},
	} {
		if len(line.files) > 0 {
			cfg.Log.Warn(line.text, "folder", folder, "files", strings.Join(line.files, ", "))
		}
	}
}

// tighten takes all rights but the owner's when everybody has some. It returns who had
// rights before.
func tighten(path string) (had rights, err error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ownerOnly, nil
	}
	if err != nil {
		return ownerOnly, err
	}
	if had = rightsOf(info); had != everybody {
		return had, nil
	}
	return had, os.Chmod(path, info.Mode().Perm()&0o700)
}
