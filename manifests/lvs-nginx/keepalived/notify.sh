#!/bin/sh
# notify.sh up|down ADDRESS PORT: keeps a list.
echo "$*" >>/run/notified
