#!/usr/bin/env bash
# A Redis for the tests, from the system's packages, where there is none yet.
set -euo pipefail
if command -v redis-server valkey-server >/dev/null; then
  exit 0
fi
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }
as_root apt-get update -q
as_root apt-get install -qy --no-install-recommends redis-server
