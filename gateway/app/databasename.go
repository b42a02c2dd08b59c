package app

import (
	"errors"
	"strings"
)

// onPostgres reports whether a database is a URL of PostgreSQL. Its scheme may have
// capitals.
func onPostgres(database string) bool {
	scheme, _, isURL := strings.Cut(database, "://")
	return isURL && (strings.EqualFold(scheme, "postgres") || strings.EqualFold(scheme, "postgresql"))
}

// checkDatabase refuses what is neither a URL of PostgreSQL nor a path. Such a text would
// be the name of a folder, with a new ledger in it and maybe a password in its name, so the
// error does not repeat it.
func checkDatabase(database string) error {
	if onPostgres(database) || isPath(database) && !hasCredentials(database) {
		return nil
	}
	return errors.New("--database (or DARAJABOX_DATABASE) is neither a URL of PostgreSQL nor a path: give postgres://USER:PASSWORD@HOST/NAME, a folder, or the file gateway.db in it; " +
		"a path that has : or = in its first part begins with ./")
}

// checkData refuses a URL in the place of the data folder.
func checkData(data string) error {
	if path := afterDrive(data); strings.Contains(path, ":/") || strings.Contains(path, `:\`) || hasCredentials(path) {
		return errors.New("--data (or DARAJABOX_DATA) is a URL, and names a folder: give the URL of a database by --database")
	}
	return nil
}

// isPath reports whether a text is a path and neither a URL, such as file:/x, nor words,
// such as host=x. In a path, a slash comes before a colon and an equals sign.
func isPath(s string) bool {
	s = afterDrive(s)
	mark := strings.IndexAny(s, ":=")
	return !strings.Contains(s, "://") && (mark < 0 || strings.ContainsAny(s[:mark], `/\`))
}

// afterDrive is a path without the drive of Windows at its beginning.
func afterDrive(path string) string {
	if len(path) > 2 && path[1] == ':' && strings.ContainsRune(`/\`, rune(path[2])) && !strings.HasPrefix(path[2:], "//") {
		return path[2:]
	}
	return path
}

// hasCredentials reports whether a text has a part such as user:password@host.
func hasCredentials(s string) bool {
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == '/' || r == '\\' }) {
		if _, after, found := strings.Cut(part, ":"); found && strings.Contains(after, "@") {
			return true
		}
	}
	return false
}
