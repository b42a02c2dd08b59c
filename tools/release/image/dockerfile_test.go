package main

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestReadStage(t *testing.T) {
	const text = `# comment
FROM golang AS build
RUN make

FROM scratch AS prebuilt
ARG HINT="for the person who builds"
COPY build/docker/darajabox /darajabox
# comment
COPY --chown=65532:65532 build/docker/empty /data
USER 65532:65532
WORKDIR /data
ENV A=1 B="two words"
LABEL x=y
EXPOSE 7070 53/udp
ENTRYPOINT ["/darajabox"]
CMD ["--help"]
FROM scratch AS other
USER 0
`
	want := stage{
		copies: []copied{
			{from: "build/docker/darajabox", to: "/darajabox"},
			{from: "build/docker/empty", to: "/data", uid: 65532, gid: 65532},
		},
		user: "65532:65532", workdir: "/data",
		ports:      []string{"7070/tcp", "53/udp"},
		env:        []string{"A=1", "B=two words"},
		labels:     map[string]string{"x": "y"},
		entrypoint: []string{"/darajabox"},
		cmd:        []string{"--help"},
	}
	got, err := readStage(strings.NewReader(text), "prebuilt")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

// What the released image would not follow is refused, with its line.
func TestReadStageRefuses(t *testing.T) {
	for name, c := range map[string]struct{ instruction, want string }{
		"an instruction that is not known": {"RUN make", "line 2: RUN is not supported here"},
		"a healthcheck":                    {"HEALTHCHECK CMD x", "line 2: HEALTHCHECK is not supported here"},
		"another base":                     {"FROM debian AS prebuilt", "line 2: stage prebuilt begins from debian, not from scratch"},
		"an owner by name":                 {"COPY --chown=nobody a /b", "line 2: COPY --chown=nobody: want numbers, UID:GID"},
		"another flag of COPY":             {"COPY --chmod=755 a /b", "line 2: COPY --chmod=755 a /b: want one source and one target, and no flag but --chown"},
		"COPY of several":                  {"COPY a b /c", "line 2: COPY a b /c: want one source and one target, and no flag but --chown"},
		"a command for a shell":            {"CMD darajabox up", "line 2: darajabox up: want a JSON list of strings"},
		"a continued line":                 {`ENV A=1 \`, "line 2: ENV continues on the next line, which is not supported here"},
		"a variable":                       {"ENV A=$B", "line 2: ENV names a variable, which is not supported here"},
		"no value":                         {"ENV A", `line 2: "A": want NAME=value`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := readStage(strings.NewReader("FROM scratch AS prebuilt\n"+c.instruction), "prebuilt")
			if err == nil || err.Error() != c.want {
				t.Errorf("got %v, want %s", err, c.want)
			}
		})
	}
	if _, err := readStage(strings.NewReader("FROM scratch AS other"), "prebuilt"); err == nil {
		t.Error("a Dockerfile without the stage is accepted")
	}
}

// The project's own Dockerfile is one that this program follows, and its two stages
// make the same image: they differ in where they copy from.
func TestProjectDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	prebuilt, err := readStage(strings.NewReader(string(text)), "prebuilt")
	if err != nil {
		t.Fatal(err)
	}
	local := strings.NewReplacer("--from=build ", "", "/out/darajabox", binarySource, "/out/empty", emptySource).Replace(string(text))
	released, err := readStage(strings.NewReader(local), "release")
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(prebuilt, released) {
		t.Errorf("the stages differ:\nprebuilt %+v\nrelease  %+v", prebuilt, released)
	}
}
