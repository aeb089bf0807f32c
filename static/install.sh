#!/bin/sh
# install.sh FOLDER VENV: what the pages stand on, into static/installed, and the fonts of the reports, into the virtual
# environment. FOLDER holds the packages meanwhile and after that, for the tests. Node is the machine's own, or else the
# one that PyPI has, in the virtual environment.
set -e
static=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" "$static/installed" "$2/share/rms/fonts"
fonts=$(cd "$2/share/rms/fonts" && pwd)
PATH=$(cd "$2/bin" && pwd):$PATH
command -v npm >/dev/null 2>&1 || pip install -q --require-hashes -r "$static/../requirements/pages.txt"
cp "$static/package.json" "$static/package-lock.json" "$1"
cd "$1"
npm ci --silent --omit=peer --no-audit --no-fund --ignore-scripts
node_modules/.bin/sass --quiet-deps --style=compressed --no-source-map --load-path=. --load-path=node_modules \
    "$static/govuk.scss" "$static/installed/govuk.css"
cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js \
    node_modules/@ministryofjustice/frontend/moj/assets/images/icon-tag-remove-cross*.svg "$static/installed"
cp node_modules/leaflet/dist/leaflet.js node_modules/leaflet/dist/leaflet.css "$static/installed"
cp node_modules/dejavu-fonts-ttf/ttf/DejaVuSans.ttf node_modules/dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf \
    node_modules/@expo-google-fonts/noto-naskh-arabic/400Regular/*.ttf \
    node_modules/@expo-google-fonts/noto-naskh-arabic/700Bold/*.ttf \
    node_modules/@expo-google-fonts/noto-sans-sc/400Regular/*.ttf "$fonts"
rm -r node_modules/@expo-google-fonts  # nine weights of 10 MB each
