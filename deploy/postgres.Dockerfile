# The image darajabox-postgres:local, where there is a registry. Without one, `make scale`
# makes it from Debian's packages.
ARG POSTGRES=postgres:17
ARG IF_IT_CANNOT_BE_PULLED="run 'make scale', which makes the image from Debian's packages"
FROM ${POSTGRES}
