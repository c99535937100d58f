#!/usr/bin/env bash
# Schemathesis against the mock: every operation of openapi/polar.yaml, with requests that the document allows and
# requests that it does not. Fails for every finding that scripts/schemathesis-baseline.tsv does not explain with a
# recording of the real server doing the same.
#
#   scripts/schemathesis.sh [EXAMPLES]     examples of each operation in the fuzzing phase; 10 unless said otherwise
#
# Needs Python 3.10; installs Schemathesis into the build folder.
set -euo pipefail
cd "$(dirname "$0")/.."

version=4.32.5
target=${CARGO_TARGET_DIR:-target}
folder=$target/schemathesis
venv=$folder/venv-$version
if [ ! -x "$venv/bin/schemathesis" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$version"
fi

cargo build --quiet --bin polar-mock
log=$(mktemp)
"$target/debug/polar-mock" --listen 127.0.0.1:0 >"$log" &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$log"' EXIT
for _ in $(seq 100); do grep -q 'is ready on' "$log" && break; sleep 0.1; done
url=$(sed -n 's/.*is ready on \(http[^ ]*\).*/\1/p' "$log" | head -n 1)

rm -f "$folder/findings.json"
# It fails whenever there are findings; what they are worth is judged below.
SCHEMATHESIS_HOOKS=scripts/schemathesis_hooks.py PYTHONDONTWRITEBYTECODE=1 "$venv/bin/schemathesis" run openapi/polar.yaml --url "$url" \
    --header 'Authorization: Bearer polar_oat_mock' --checks all --phases examples,coverage,fuzzing,stateful \
    --max-examples "${1:-10}" --seed 1 --continue-on-failure --no-shrink --generation-database none --warnings off \
    --no-color --baseline "$folder/findings.json" --baseline-update >"$folder/output.txt" || true
tail -n 6 "$folder/output.txt"
"$venv/bin/python" scripts/schemathesis_judge.py "$folder/findings.json" "$folder/output.txt"
