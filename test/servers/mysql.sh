#!/usr/bin/env bash
# Starts private MySQL servers (the LTS that Debian unstable carries, run with its own C library) on Debian or Ubuntu, as root:
# Debian stable has MariaDB only, and the two differ where it hurts.
#   mysql.sh DIR PORT...    DIR is made if missing and keeps the unpacked program; prints the URLs, once all servers answer
# DIR/mysqld runs that program, for tests that start a server of their own: CHAT_ETL_TEST_SERVER=DIR/mysqld
# User root without a password; log: DIR/PORT/log. Stop: kill $(cat DIR/*/pid).
set -euo pipefail
mkdir -p "$1"
dir=$(cd "$1" && pwd)
shift

if [ ! -x "$dir/root/usr/sbin/mysqld" ]; then
  mirror=$(grep -rhoE '^(URIs:|deb( \[[^]]*\])?) +https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources} 2>/dev/null |
    awk '{print $NF}' | grep -E '/debian/?$' | head -1 || true)
  mkdir -p "$dir"/apt/{lists/partial,arch/partial}
  : >"$dir/apt/status"
  echo "deb [trusted=yes] ${mirror:-http://deb.debian.org/debian} sid main" >"$dir/apt/sid.list"
  options=(
    -o "Dir::Etc::sourcelist=$dir/apt/sid.list" -o Dir::Etc::sourceparts=- -o "Dir::State::Lists=$dir/apt/lists"
    -o "Dir::State::status=$dir/apt/status" -o "Dir::Cache::archives=$dir/apt/arch" -o APT::Install-Recommends=false
    -o Acquire::Retries=3 -o APT::Sandbox::User=root
  )
  apt-get "${options[@]}" update -qq >&2
  apt-get "${options[@]}" install -y -qq --download-only mysql-server-core >/dev/null
  for package in "$dir"/apt/arch/*.deb; do dpkg -x "$package" "$dir/root"; done
  rm -rf "$dir/apt"
fi

lib=$dir/root/usr/lib/$(uname -m)-linux-gnu
loader=$(find "$dir"/root/usr/lib64 "$dir"/root/usr/lib -name 'ld-linux-*.so.*' 2>/dev/null | head -1)
cat >"$dir/mysqld" <<EOF
#!/bin/sh
exec "$loader" --library-path "$lib:$lib/mysql/private" "$dir/root/usr/sbin/mysqld" "\$@" \\
  "--basedir=$dir/root/usr" "--lc-messages-dir=$dir/root/usr/share/mysql" --secure-file-priv= --mysqlx=OFF
EOF
chmod +x "$dir/mysqld"
mysqld=("$dir/mysqld" --no-defaults --user=root)

# Starts the server of a port.
start() {
  local port=$1 own=$dir/$1
  mkdir -p "$own"
  [ -d "$own/data/mysql" ] || "${mysqld[@]}" "--datadir=$own/data" --initialize-insecure >"$own/install.log" 2>&1 ||
    { tail -20 "$own/install.log" >&2; return 1; }
  setsid "${mysqld[@]}" "--datadir=$own/data" "--port=$port" --bind-address=127.0.0.1 "--socket=$own/socket" "--pid-file=$own/pid" \
    --local-infile=1 --max-allowed-packet=64M --max-connections=500 --innodb-buffer-pool-size=256M \
    --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0 --skip-log-bin >"$own/log" 2>&1 </dev/null &
  local server=$!
  for _ in $(seq 600); do
    if grep -q "ready for connections.*port: $port" "$own/log"; then
      echo "mysql://root@127.0.0.1:$port/"
      return
    fi
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  tail -20 "$own/log" >&2
  return 1
}

for port in "$@"; do start "$port"; done
