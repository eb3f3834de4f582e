# The cluster of manifests/fullnat: a director between the internet and a site, behind whose router two web servers stand
# that have no route to the clients. The client's machine is the internet's router, too.
# shellcheck shell=bash

cluster_fullnat() {
  local number
  network internet
  network site
  network racks
  host director
  plug director internet outer 192.0.2.2/24
  plug director site inner 10.0.0.1/24
  host router
  plug router site site 10.0.0.254/24
  plug router racks racks 10.9.0.1/24
  on router sysctl -qw net.ipv4.ip_forward=1
  host client
  plug client internet eth0 192.0.2.200/24
  route director 10.9.0.0/24 10.0.0.254
  route director default 192.0.2.200
  for number in 11 12; do
    host "web-$number"
    plug "web-$number" racks eth0 "10.9.0.$number/24"
    route "web-$number" default 10.9.0.1
    nginx_on "web-$number" 8080
  done
}

# sources_of DUMP: the addresses that SYNs came from, each once, by `dump_stop` of a dump of SYNs.
sources_of() { awk '$2 == "IP" {sub(/\.[0-9]+$/, "", $3); print $3}' <<<"$1" | sort -u; }
