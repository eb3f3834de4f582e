#!/bin/sh
# check_mysql.sh ADDRESS PORT: whether the server answers a query. A server that accepts connections may be stuck.
exec mysql --no-defaults --host="$1" --port="$2" --user=monitor --connect-timeout=4 --execute='SELECT 1' >/dev/null
