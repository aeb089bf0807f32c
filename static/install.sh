#!/bin/sh
# install.sh FOLDER VENV: what the pages stand on, into static/installed. FOLDER holds the packages meanwhile and
# after that, for the tests. Node is the machine's own, or else the one that PyPI has, in the virtual environment.
set -e
static=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1" "$static/installed"
PATH=$(cd "$2/bin" && pwd):$PATH
command -v npm >/dev/null 2>&1 || pip install -q --require-hashes -r "$static/../requirements/pages.txt"
cp "$static/package.json" "$static/package-lock.json" "$1"
cd "$1"
npm ci --silent --omit=peer --no-audit --no-fund --ignore-scripts
node_modules/.bin/sass --quiet-deps --style=compressed --no-source-map --load-path=. --load-path=node_modules \
    "$static/govuk.scss" "$static/installed/govuk.css"
cp node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js \
    node_modules/@ministryofjustice/frontend/moj/assets/images/icon-tag-remove-cross*.svg "$static/installed"
