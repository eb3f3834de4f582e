#!/bin/sh
# Starts nginx where it does not run, and gives up where that does not help.
alive() { kill -0 "$(cat /run/nginx.pid)"; } 2>/dev/null
alive && exit 0
nginx          # systemctl restart nginx, where systemd runs it
sleep 1
alive
