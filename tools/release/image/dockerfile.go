package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// stage is what one stage of a Dockerfile makes: the files that it copies into an
// empty image, and the settings of the image.
type stage struct {
	copies     []copied
	user       string
	workdir    string
	ports      []string // "8080/tcp"
	env        []string // "NAME=value"
	entrypoint []string
	cmd        []string
	labels     map[string]string
}

// copied is a COPY: a file or an empty folder, and its owner in the image.
type copied struct {
	from, to string
	uid, gid int
}

// readStage reads the stage of that name. The stage has to begin from scratch. An
// instruction that the released image would not follow is an error, so that the two
// images cannot differ silently.
func readStage(dockerfile io.Reader, name string) (stage, error) {
	var s stage
	inside, found := false, false
	in := bufio.NewScanner(dockerfile)
	for number := 1; in.Scan(); number++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		instruction, rest, _ := strings.Cut(line, " ")
		instruction, rest = strings.ToUpper(instruction), strings.TrimSpace(rest)
		if instruction == "FROM" {
			base, as, _ := strings.Cut(rest, " AS ")
			if inside = as == name; inside && base != "scratch" {
				return stage{}, fmt.Errorf("line %d: stage %s begins from %s, not from scratch", number, name, base)
			}
			found = found || inside
			continue
		}
		if !inside {
			continue
		}
		if err := s.apply(instruction, rest); err != nil {
			return stage{}, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if err := in.Err(); err != nil {
		return stage{}, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	if !found {
		return stage{}, fmt.Errorf("there is no stage %s", name)
	}
	return s, nil
}

// apply takes one instruction into the stage.
func (s *stage) apply(instruction, rest string) error {
	if strings.HasSuffix(rest, `\`) {
		return fmt.Errorf("%s continues on the next line, which is not supported here", instruction)
	}
	if instruction != "ARG" && strings.Contains(rest, "$") {
		return fmt.Errorf("%s names a variable, which is not supported here", instruction)
	}
	var err error
	switch instruction {
	case "COPY":
		var c copied
		c, err = readCopy(rest)
		s.copies = append(s.copies, c)
	case "USER":
		s.user = rest
	case "WORKDIR":
		s.workdir = rest
	case "EXPOSE":
		for _, port := range strings.Fields(rest) {
			if !strings.Contains(port, "/") {
				port += "/tcp"
			}
			s.ports = append(s.ports, port)
		}
	case "ENV":
		var pairs [][2]string
		pairs, err = readPairs(rest)
		for _, p := range pairs {
			s.env = append(s.env, p[0]+"="+p[1])
		}
	case "LABEL":
		var pairs [][2]string
		pairs, err = readPairs(rest)
		for _, p := range pairs {
			if s.labels == nil {
				s.labels = map[string]string{}
			}
			s.labels[p[0]] = p[1]
		}
	case "ENTRYPOINT":
		s.entrypoint, err = readList(rest)
	case "CMD":
		s.cmd, err = readList(rest)
	case "ARG": // a variable of the build; nothing here may name one
	default:
		err = fmt.Errorf("%s is not supported here", instruction)
	}
	return err
}

// readCopy reads "[--chown=UID:GID] FROM TO".
func readCopy(rest string) (copied, error) {
	fields := strings.Fields(rest)
	var c copied
	if owner, ok := strings.CutPrefix(fields[0], "--chown="); ok {
		user, group, _ := strings.Cut(owner, ":")
		var errUser, errGroup error
		c.uid, errUser = strconv.Atoi(user)
		c.gid, errGroup = strconv.Atoi(group)
		if errUser != nil || errGroup != nil {
			return copied{}, fmt.Errorf("COPY --chown=%s: want numbers, UID:GID", owner)
		}
		fields = fields[1:]
	}
	if len(fields) != 2 || strings.HasPrefix(fields[0], "--") {
		return copied{}, fmt.Errorf("COPY %s: want one source and one target, and no flag but --chown", rest)
	}
	c.from, c.to = fields[0], fields[1]
	return c, nil
}

// readPairs reads `NAME=value NAME="value with spaces"`.
func readPairs(rest string) ([][2]string, error) {
	var pairs [][2]string
	for rest = strings.TrimSpace(rest); rest != ""; rest = strings.TrimSpace(rest) {
		name, after, ok := strings.Cut(rest, "=")
		if !ok || strings.ContainsAny(name, " \t") {
			return nil, fmt.Errorf("%q: want NAME=value", rest)
		}
		value := after
		if strings.HasPrefix(after, `"`) {
			quoted, err := strconv.QuotedPrefix(after)
			if err != nil {
				return nil, fmt.Errorf("the value of %s: %w", name, err)
			}
			if value, err = strconv.Unquote(quoted); err != nil {
				return nil, fmt.Errorf("the value of %s: %w", name, err)
			}
			rest = after[len(quoted):]
		} else {
			value, rest, _ = strings.Cut(after, " ")
		}
		pairs = append(pairs, [2]string{name, value})
	}
	return pairs, nil
}

// readList reads the JSON form of ENTRYPOINT and CMD; an image without a shell has no
// other.
func readList(rest string) ([]string, error) {
	var list []string
	if err := json.Unmarshal([]byte(rest), &list); err != nil {
		return nil, fmt.Errorf("%s: want a JSON list of strings", rest)
	}
	return list, nil
}
