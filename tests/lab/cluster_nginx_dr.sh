# The five hosts of manifests/nginx-dr, for the tests and the demonstration that play it.
# shellcheck shell=bash
# The client has several addresses: within 5 s of persistence each sticks to one server.
client_addresses=(192.168.197.20{1,2,3,4,5,6,7,8})

make_nginx_dr_hosts() {
  host lvs-128 ens33 192.168.197.128/24
  host lvs-129 ens33 192.168.197.129/24
  host nginx-130 ens33 192.168.197.130/24
  host nginx-131 ens33 192.168.197.131/24
  host client ens33 "${client_addresses[@]/%//24}"
  nginx_on nginx-130
  nginx_on nginx-131
}

# ask_nginx FIRST: requests through the virtual IP, from four of the client's addresses, beginning with number FIRST.
ask_nginx() { fetch_from client http://192.168.197.120/ "${client_addresses[@]:$1:4}"; }
