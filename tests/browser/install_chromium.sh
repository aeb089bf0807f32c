#!/bin/sh
# The browser walks need a Chromium, and a font as wide as Arial: pages are laid out for it. Where one is
# missing, Debian's is installed if we are root, without Chromium's windows. Where that is not possible, the
# walks are skipped, and the test run says so.
has_browser() {
    for name in chromium-headless-shell chromium chromium-browser google-chrome; do
        if command -v "$name" >/dev/null 2>&1; then return 0; fi
    done
    return 1
}
has_font() { command -v fc-list >/dev/null 2>&1 && fc-list | grep -qiE "arial|liberation ?sans|helvetica"; }

if has_browser && has_font; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing what the browser walks need (once) ..."
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    has_font || apt-get install -y -qq --no-install-recommends fontconfig fonts-liberation >/dev/null 2>&1
    for package in chromium-headless-shell chromium; do
        has_browser || apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1
    done
fi
has_browser || echo "NO CHROMIUM HERE: the pages will NOT be tried in a browser. Install it, or run 'make test' as root."
