#!/bin/sh
# SPDX-License-Identifier: MIT
#
# fetch_kissfft.sh FOLDER: unpacks Debian's source package kissfft into FOLDER.
#
# Needs no root and leaves the machine's apt alone: a private apt state in a temporary folder, pointed at the machine's
# own mirrors with their source packages switched on. Needs apt and dpkg-dev.
set -eu
target=$1

for tool in apt-get dpkg-source; do
    if ! command -v "$tool" >/dev/null 2>&1; then
        echo "fetch_kissfft: $tool is missing; on Debian: apt-get install dpkg-dev" >&2
        exit 1
    fi
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts" "$work/out"
for file in /etc/apt/sources.list.d/*.sources; do
    if [ -f "$file" ]; then
        sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
    fi
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
    if [ -f "$file" ]; then
        sed -n 's/^deb[[:space:]]/deb-src /p' "$file" >"$work/parts/$(basename "$file" .list).list"
    fi
done

apt() {
    apt-get -qq -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/parts" \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User="$(id -un)" "$@"
}
apt update
(cd "$work/out" && apt source kissfft >"$work/log" 2>&1) || {
    cat "$work/log" >&2
    exit 1
}
set -- "$work"/out/kissfft-*/kiss_fftr.c
if [ ! -f "$1" ]; then
    echo "fetch_kissfft: the source package holds no kiss_fftr.c" >&2
    exit 1
fi
rm -rf "$target"
mv "$(dirname "$1")" "$target"
