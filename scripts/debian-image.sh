#!/usr/bin/env bash
# Makes an image FROM scratch out of Debian's packages, where no registry can be
# pulled from: scripts/debian-image.sh postgres|haproxy IMAGE. It holds the program,
# the libraries that it is linked with, and a user without rights.
set -euo pipefail
cd "$(dirname "$0")/.."
what=${1:?postgres or haproxy} image=${2:?name of the image}

die() { echo "image: $*" >&2; exit 1; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,etc,tmp} "$work/empty"
chmod 1777 "$root/tmp"

put() { # FILE…: the same files in the image; links are followed
	for file; do
		mkdir -p "$root$(dirname "$file")"
		cp -rL "$file" "$root$file"
	done
}

# linked FILE…: the libraries of programs, and the loader.
linked() {
	ldd "$@" 2>/dev/null | grep -oE '/[^ ]+\.so[^ :]*' | grep -v ':$' | sort -u
}

libraries() { # FILE…
	local library
	for library in $(linked "$@"); do
		[ -e "$root$library" ] || [[ $library == "$root"/* ]] || put "$library"
	done
}

# package NAME: the folder with a package's files, whether it is installed or not.
package() {
	mkdir -p "$work/deb"
	(cd "$work/deb" && apt-get download -qq "$1" >/dev/null 2>&1) || die "Debian's package $1 cannot be downloaded"
	dpkg-deb -x "$work"/deb/"$1"_*.deb "$work/$1"
}

case $what in
postgres)
	bin=$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1) || die "Debian's package postgresql is not installed"
	home=${bin%/bin/initdb} version=$(basename "${bin%/bin/initdb}")
	put "$home"/bin/{postgres,initdb,pg_isready} "$home/lib" "/usr/share/postgresql/$version" /bin/sh \
		/usr/share/zoneinfo/UTC /usr/share/zoneinfo/Africa/Nairobi
	rm -rf "$root$home"/lib/{bitcode,pgxs} "$root$home"/lib/llvmjit* # as large as all the rest
	libraries "$home"/bin/{postgres,initdb,pg_isready} /bin/sh "$root$home"/lib/*.so
	cp deploy/postgres.sh "$root/start"
	path=$home/bin data=/var/lib/postgresql/data user=70 start='ENTRYPOINT ["/bin/sh", "/start"]'
	;;
haproxy)
	package haproxy
	put /bin/sh
	wanted=(haproxy)
	while ((${#wanted[@]})); do # what its packages depend on, and is not installed here
		next=()
		for name in $(apt-cache depends "${wanted[@]}" | awk '$1 == "Depends:" && $2 ~ /^lib/ { print $2 }' | sort -u); do
			dpkg -s "$name" >/dev/null 2>&1 || [ -d "$work/$name" ] || { package "$name"; next+=("$name"); }
		done
		wanted=(${next[@]+"${next[@]}"})
	done
	folder=$root/usr/lib/$(gcc -print-multiarch)
	mkdir -p "$root/usr/sbin" "$folder"
	cp "$work/haproxy/usr/sbin/haproxy" "$root/usr/sbin/"
	find "$work"/lib* -name '*.so*' -exec cp -P {} "$folder/" \;
	LD_LIBRARY_PATH=$folder libraries "$root/usr/sbin/haproxy" "$folder"/*.so* /bin/sh
	path=/usr/sbin data=/var/lib/haproxy user=99 start='CMD ["haproxy", "-v"]'
	;;
*) die "no image is known by the name $what" ;;
esac

printf '%s:x:%d:%d::%s:/bin/sh\n' "$what" "$user" "$user" "$data" >"$root/etc/passwd"
printf '%s:x:%d:\n' "$what" "$user" >"$root/etc/group"
cat >"$work/Dockerfile" <<END
FROM scratch
COPY root/ /
COPY --chown=$user:$user empty $data
ENV PATH=$path:/bin PGDATA=$data TZ=UTC LC_ALL=C
USER $user:$user
VOLUME $data
STOPSIGNAL SIGINT
$start
END
${DOCKER:-docker} build -q -t "$image" "$work" >/dev/null 2>"$work/log" || die "$(cat "$work/log")"
echo "image: $image from Debian's $what, $(${DOCKER:-docker} image inspect --format '{{.Size}}' "$image" | awk '{ printf "%.0f MB", $1 / 1e6 }')"
