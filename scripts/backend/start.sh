#!/bin/sh
# start.sh: starts the backend that install.sh fetched, with an organization of its own, and says how to reach it.
#
# Needs a PostgreSQL with an empty database whose user may create extensions, and a Redis. The backend's own settings say
# where they are; without them it looks at 127.0.0.1:5432 (database, user and password "polar") and 127.0.0.1:6379:
#   POLAR_POSTGRES_HOST, _PORT, _DATABASE, _USER, _PWD      POLAR_REDIS_HOST, _PORT, _DB
# And, where these are taken:
#   PORT             of the API (8000); the two ports after it are taken by the stand-in for analytics and the worker
#   BACKEND_DIR      the folder of install.sh (target/backend)
# Every start makes a new organization, and the file BACKEND_DIR/env with what to export. Nothing leaves the machine:
# stand_ins/ answers for what would. stop.sh ends it.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${BACKEND_DIR:-$here/../../target/backend}" && pwd)
port=${PORT:-8000}
url=http://127.0.0.1:$port
PATH=$dir/source/server/.venv/bin:$PATH
cd "$dir/source/server"
"$here/stop.sh"

export PYTHONPATH="$here/stand_ins:$PWD"
export POLAR_ENV=development # no rate limits
export POLAR_LOG_LEVEL=INFO POLAR_BASE_URL="$url" POLAR_JWKS="$dir/jwks.json"
export POLAR_EMAIL_SENDER=logger POLAR_EMAIL_RENDERER_BINARY_PATH="$here/stand_ins/mail"
export POLAR_TINYBIRD_CLICKHOUSE_URL="http://127.0.0.1:$((port + 1))"
export POLAR_WORKER_PROMETHEUS_DIR="$dir/metrics" dramatiq_prom_host=127.0.0.1 dramatiq_prom_port="$((port + 2))"

# background NAME COMMAND…: stop.sh ends the process whose number is in NAME.pid
background() {
  name=$1
  shift
  nohup "$@" >"$dir/$name.log" 2>&1 &
  echo $! >"$dir/$name.pid"
}

[ -s "$POLAR_JWKS" ] || python -m polar.kit.jwk polar_dev >"$POLAR_JWKS"
echo "start.sh: the database's schema; the first time takes a minute" >&2
alembic upgrade head >"$dir/schema.log" 2>&1 || { tail -n 20 "$dir/schema.log" >&2; exit 1; }

background analytics python "$here/stand_ins/analytics.py" "$((port + 1))"
# The sandbox takes a new organization as reviewed, and sends webhooks; development does neither.
POLAR_ENV=sandbox python "$here/organization.py" "$url" "$dir/env" >"$dir/organization.log" 2>&1 || {
  tail -n 20 "$dir/organization.log" >&2
  exit 1
}
background api uvicorn polar.app:app --host 127.0.0.1 --port "$port"
background worker env POLAR_ENV=sandbox dramatiq --processes 1 --threads 8 polar.worker.run

curl --silent --show-error --fail --retry 90 --retry-delay 1 --retry-all-errors --output /dev/null "$url/healthz" 2>"$dir/health.log" || {
  tail -n 20 "$dir/api.log" >&2
  exit 1
}
cat "$dir/env"
