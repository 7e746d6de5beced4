#!/bin/sh
# What the tests of the pages need: Chromium with its driver, from Debian, and axe-core, from npm, into build/axe.
# Without either of them those tests are skipped, and say so.
set -eu
cd "$(dirname "$0")/.."
AXE=axe-core@4.14.1

if ! command -v chromedriver >/dev/null; then
    if [ "$(id -u)" = 0 ]; then SUDO=; else SUDO=sudo; fi
    $SUDO apt-get update
    $SUDO apt-get install --yes --no-install-recommends chromium chromium-driver fonts-noto-cjk
fi
if [ ! -f build/axe/package/axe.min.js ]; then
    mkdir -p build/axe
    npm pack --silent --pack-destination build/axe "$AXE"
    tar -xzf build/axe/axe-core-*.tgz -C build/axe package/axe.min.js
fi
