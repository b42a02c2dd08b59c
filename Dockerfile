# The image is one static binary and nothing else. Without arguments it runs the simulator
# on all addresses of the container.
#
# prebuilt takes the binary that `make image` built on this machine, and needs no
# registry. It comes first because the classic builder works through every stage
# above the one that is asked for. release builds from source instead:
#
#   docker build --target prebuilt -t darajabox .   # after: make build/docker/darajabox
#   docker build -t darajabox .

FROM scratch AS prebuilt
ARG IF_THE_NEXT_FILE_IS_MISSING="run 'make image', 'make up' or 'make scale' first: they build the binary"
COPY build/docker/darajabox /darajabox
# Empty folders that the unprivileged user may write to; scratch has no mkdir.
COPY --chown=65532:65532 build/docker/empty /data
COPY --chown=65532:65532 build/docker/empty /tmp
# Where the gateway and `up` keep their data, and commands in the container look for it.
ENV DARAJABOX_DATA=/data DARAJABOX_CA_DIR=/data/ca
USER 65532:65532
EXPOSE 7070 7071 8080 8090
ENTRYPOINT ["/darajabox"]
CMD ["simulator", "--addr", "0.0.0.0:7070", "--control-addr", "0.0.0.0:7071"]

FROM golang:1.26 AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN scripts/build.sh /out/darajabox && mkdir /out/empty

FROM scratch AS release
COPY --from=build /out/darajabox /darajabox
COPY --from=build --chown=65532:65532 /out/empty /data
COPY --from=build --chown=65532:65532 /out/empty /tmp
# Where the gateway and `up` keep their data, and commands in the container look for it.
ENV DARAJABOX_DATA=/data DARAJABOX_CA_DIR=/data/ca
USER 65532:65532
EXPOSE 7070 7071 8080 8090
ENTRYPOINT ["/darajabox"]
CMD ["simulator", "--addr", "0.0.0.0:7070", "--control-addr", "0.0.0.0:7071"]
