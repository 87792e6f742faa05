#!/bin/sh
# Installs Debian's redis-server as a program only: nothing is started now, nothing starts at boot.
# Runs as root, without a terminal. Usage: install-redis.sh [GUARD]
set -eu

guard=${1:-/usr/sbin/policy-rc.d}
saved=$guard.before-touchstone
export DEBIAN_FRONTEND=noninteractive

restore() {
  if [ -n "${guarded:-}" ]; then
    rm -f "$guard"
    if [ -e "$saved" ]; then mv "$saved" "$guard"; fi
    guarded=
  fi
}
trap restore EXIT
trap 'exit 130' INT TERM HUP

# Debian asks policy-rc.d before a package starts its service; 101 forbids it.
answer=0
if [ -x "$guard" ]; then "$guard" redis-server start || answer=$?; fi
if [ "$answer" -ne 101 ]; then
  if [ -e "$guard" ]; then mv "$guard" "$saved"; fi
  guarded=yes
  printf '#!/bin/sh\nexit 101\n' >"$guard"
  chmod 755 "$guard"
fi

get() { apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 "$@"; }
get install --no-install-recommends redis-server || {
  get update
  get install --no-install-recommends redis-server
}

if command -v systemctl >/dev/null; then systemctl disable redis-server.service || true; fi
if command -v update-rc.d >/dev/null; then update-rc.d redis-server disable || true; fi
