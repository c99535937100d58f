#!/bin/sh
# stop.sh: ends what start.sh started. The database, Redis and BACKEND_DIR (target/backend) stay.
set -eu
dir=${BACKEND_DIR:-$(dirname "$0")/../../target/backend}
for file in "$dir"/*.pid; do
  [ -f "$file" ] || continue
  # The pattern spares a stranger that has the number after a reboot.
  pkill -F "$file" -f 'uvicorn|dramatiq|analytics' || true
  rm "$file"
done
