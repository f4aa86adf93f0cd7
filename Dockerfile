# An image of the official PostgreSQL one, with intsearch installed:
#     docker build --tag intsearch .
#     docker build --build-arg PG_MAJOR=17 --tag intsearch .
# test/dockerfile runs its lines without Docker.
#
# Built in one stage, so that no compiler enters the other. Server and headers are those of the image, from where the
# image takes its packages; their versions are not pinned, since those places keep none but the newest. The image's
# user stays: its entrypoint starts as root and runs the server as postgres.
ARG PG_MAJOR=15

FROM postgres:${PG_MAJOR}-bookworm AS build
ARG PG_MAJOR
RUN apt-get update \
	&& apt-get install -y --no-install-recommends gcc libc6-dev make "postgresql-server-dev-${PG_MAJOR}" \
	&& rm -rf /var/lib/apt/lists/*
WORKDIR /usr/src/intsearch
COPY . .
RUN make clean \
	&& make \
	&& make install DESTDIR=/installed

FROM postgres:${PG_MAJOR}-bookworm
RUN apt-get update \
	&& apt-get install -y --no-install-recommends liblapack3 \
	&& rm -rf /var/lib/apt/lists/*
COPY --from=build /installed/ /
