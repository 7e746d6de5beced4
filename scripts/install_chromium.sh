#!/bin/sh
# What the tests of the pages need: Chromium with its driver, from Debian, and axe-core, from npm, into build/axe.
# Without either of them those tests are skipped, and say so.
set -eu
cd "$(dirname "$0")/.."
AXE=4.14.1
PACKED=build/axe/axe-core-$AXE.tgz

if ! command -v chromium >/dev/null || ! command -v chromedriver >/dev/null; then
    if [ "$(id -u)" = 0 ]; then SUDO=; else SUDO=sudo; fi
    $SUDO apt-get update
    $SUDO apt-get install --yes --no-install-recommends chromium chromium-driver fonts-noto-cjk
fi
if [ ! -f "$PACKED" ] || [ ! -f build/axe/package/axe.min.js ]; then
    command -v npm >/dev/null || { echo "axe-core needs npm: apt-get install npm" >&2; exit 1; }
    mkdir -p build/axe
    npm pack --silent --pack-destination build/axe "axe-core@$AXE"
    tar -xzf "$PACKED" -C build/axe package/axe.min.js
fi
