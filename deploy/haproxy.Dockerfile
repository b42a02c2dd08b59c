# The image darajabox-haproxy:local, where there is a registry. Without one, `make scale`
# makes it from Debian's packages.
ARG HAPROXY=haproxy:3.0
ARG IF_IT_CANNOT_BE_PULLED="run 'make scale', which makes the image from Debian's packages"
FROM ${HAPROXY}
