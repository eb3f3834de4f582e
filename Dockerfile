# Ballast as an image: `docker build -t ballast .`; manifests/deploy says how it is run.
#
# One stage compiles; the other has the program, the libraries that it is linked with, certificates, and git. What each installs
# is in packages.txt. Whoever has a program compiled already gives it in place of the first stage:
#   buildah build --format docker --build-context program=DIRECTORY .        with DIRECTORY/program/usr/sbin/ballast
ARG BASE=debian:bookworm-slim

FROM ${BASE} AS program
COPY packages.txt /
RUN apt-get update \
 && apt-get install -y --no-install-recommends $(sed -n '/^# build/,/^# run/{s/ *#.*//;p}' /packages.txt)
COPY . /source
WORKDIR /source
RUN cmake --preset release -DBUILD_TESTING=OFF \
 && cmake --build --preset release --target ballast \
 && DESTDIR=/program cmake --install build/release --prefix /usr --strip

FROM ${BASE}
# Without manuals and translations, which nobody reads in an image, and without the modules of Perl, which git asks for and needs
# for none of what is done with it here: near half of what would be installed.
RUN --mount=type=bind,source=packages.txt,target=/tmp/packages.txt \
    printf 'path-exclude=/usr/%s\n' 'share/doc/*' 'share/man/*' 'share/locale/*' 'share/perl/*' 'lib/*/perl/*' 'lib/*/libperl.so*' \
      >/etc/dpkg/dpkg.cfg.d/image \
 && apt-get update \
 && apt-get install -y --no-install-recommends $(sed -n '/^# run/,/^# tests/{s/ *#.*//;p}' /tmp/packages.txt) \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/cache/debconf/* /var/log/apt /var/log/dpkg.log
# A user of its own. The program may have the two capabilities where the container has them; without, it starts all the same, and
# `ballast validate` works. The numbers are fixed for volumes.
RUN --mount=type=bind,from=program,source=/program,target=/tmp/program \
    groupadd --gid 65532 ballast \
 && useradd --uid 65532 --gid ballast --no-create-home --home-dir /var/lib/ballast --shell /usr/sbin/nologin ballast \
 && install -d -o ballast -g ballast /var/lib/ballast /run/ballast /etc/ballast \
 && install /tmp/program/usr/sbin/ballast /usr/sbin/ballast \
 && setcap cap_net_admin,cap_net_raw+p /usr/sbin/ballast
USER 65532:65532
VOLUME /var/lib/ballast
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/bin/sh", "-c", "ballast status || exit 1"]
ENTRYPOINT ["ballast"]
CMD ["run", "-f", "/etc/ballast"]
