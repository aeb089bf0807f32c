#!/bin/sh
# The browser walks need a Chromium. Where there is none, Debian's is installed if we are root; where that
# cannot be, the walks are skipped, and the test run says so.
if command -v chromium >/dev/null 2>&1; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser walks (once) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1 && exit 0
fi
echo "NO CHROMIUM HERE: the pages will NOT be tried in a browser. Install it, or run 'make test' as root."
