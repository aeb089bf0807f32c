#!/bin/sh
# The browser walks need a Chromium. Where there is none, Debian's is installed if we are root, without the
# windows that nobody sees; where that cannot be, the walks are skipped, and the test run says so.
for found in chromium-headless-shell chromium chromium-browser google-chrome; do
    if command -v "$found" >/dev/null 2>&1; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser walks (once) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    for package in chromium-headless-shell chromium; do
        apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 && exit 0
    done
fi
echo "NO CHROMIUM HERE: the pages will NOT be tried in a browser. Install it, or run 'make test' as root."
