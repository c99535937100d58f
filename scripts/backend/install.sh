#!/bin/sh
# install.sh: fetches Polar's open backend at the commit named in the file COMMIT, and the Python packages that it locks.
#
# Needs git, uv (https://docs.astral.sh/uv) and the network; uv brings Python 3.14 where there is none.
# Writes to BACKEND_DIR (target/backend unless it is set) and nowhere else. Run again, it does what is missing.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=${BACKEND_DIR:-$here/../../target/backend}
mkdir -p "$dir"
cd "$dir"

[ -d source ] ||
  git clone --quiet --no-checkout --sparse --depth 1 --filter=blob:none https://github.com/polarsource/polar source
cd source
git sparse-checkout set server
git fetch --quiet --depth 1 --filter=blob:none origin "$(cat "$here/COMMIT")"
git checkout --quiet FETCH_HEAD

cd server
uv sync --frozen --no-dev --python 3.14
