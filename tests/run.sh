#!/usr/bin/env bash
# Passes all tests on a fresh Debian or Raspberry Pi OS:   bash tests/run.sh
#
#   --quick   pip only, no root; leaves out whole days and real services (for a Pi)
#
# Makes the environment with the simulator's extras (env.sh sim), adds what the tests need, and
# without --quick installs the tools of the system that are missing (needs root or sudo for that,
# and says so).
# The tests run in two processes more than there are cores, memory permitting; another number:
# PYTEST_XDIST_AUTO_NUM_WORKERS=1 bash tests/run.sh
# The last line is pytest's count.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

quick=
case "${1-}" in
"") ;;
--quick) quick=yes ;;
*)
  echo "usage: bash tests/run.sh [--quick]" >&2
  exit 2
  ;;
esac

# Debian package for each tool that the full tests call.
missing=()
need() { command -v "$1" >/dev/null 2>&1 || missing+=("$2"); }

if [ -z "$quick" ]; then
  need zsh zsh
  need dash dash
  need systemd-analyze systemd
  PATH=$PATH:/usr/sbin need mosquitto mosquitto
  need openssl openssl
  PATH=$PATH:/usr/sbin need influxd influxdb
  PATH=$PATH:/usr/sbin need victoria-metrics victoria-metrics
  need prometheus prometheus
  need chromium chromium
  need npm npm
  python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3 python3-venv)
  if [ ${#missing[@]} -gt 0 ]; then
    echo "installing: ${missing[*]}"
    as_root=
    if [ "$(id -u)" != 0 ]; then
      as_root=sudo
      if ! command -v sudo >/dev/null; then
        echo "these need root, and there is no sudo; install them, or use --quick" >&2
        exit 1
      fi
    fi
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  fi
fi

# shellcheck source=/dev/null
. ./env.sh sim

stamp=.venv/pvopt-tests-stamp
wanted=$(cat .venv/pvopt-stamp .venv/pvopt-sim-stamp tests/requirements.txt | cksum)
if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
  echo "installing what the tests need"
  python -m pip install -q --disable-pip-version-check -r tests/requirements.txt
  echo "$wanted" >"$stamp"
fi

echo "ruff"
python -m ruff check --quiet .
python -m ruff format --check --quiet .
echo "mypy"
python -m mypy
echo "pytest"
if [ -n "$quick" ]; then
  exec python -m pytest -rs -n auto -m "not slow"
fi
exec python -m pytest -rs -n auto
