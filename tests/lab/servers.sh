# Real servers for health checks beside nginx_on: name, mail, TLS and gRPC servers, which may hang, refuse and vanish.
# shellcheck shell=bash
declare -A lab_server_pid=()

# lab_serve HOST KIND tcp|udp PORT COMMAND...: in the background, until it has the port; its log is hosts/HOST/log/KIND.log.
lab_serve() {
  local host=$1 kind=$2
  lab_become "$host" "${@:5}" >>"$LAB_RUN/hosts/$host/log/$kind.log" 2>&1 &
  lab_server_pid["$host $kind"]=$!
  wait_until 60 "$kind on $host" lab_has_port "$host" "$3" "$4"
}

lab_has_port() { on "$1" ss -Hln "--$2" "sport = :$3" | grep -q .; }

# run_dnsmasq HOST: knows the address of www.example.com, that nothing.example.com has none, and the names in the file
# hosts/HOST/names; refuses all else.
run_dnsmasq() {
  touch "$LAB_RUN/hosts/$1/names"
  lab_serve "$1" dnsmasq udp 53 dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
    --pid-file= --log-facility=- --addn-hosts="$LAB_RUN/hosts/$1/names" --address=/www.example.com/192.0.2.1 --local=/nothing.example.com/
}

# reread_names HOST: hosts/HOST/names is another.
reread_names() { kill -HUP "${lab_server_pid["$1 dnsmasq"]}"; }

# run_smtp_sink HOST [OPTION...]: greets, with the code in hosts/HOST/greeting if that is there, and takes mail into
# hosts/HOST/mail. --no-ehlo knows HELO only.
run_smtp_sink() {
  local host=$1
  shift
  mkdir -p "$LAB_RUN/hosts/$host/mail"
  lab_serve "$host" smtp tcp 25 /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/smtp_sink.py" "$LAB_RUN/hosts/$host/mail" "$@"
}

# run_post_sink HOST: takes POSTs on port 8080; their bodies are the lines of hosts/HOST/posts.
run_post_sink() {
  : >"$LAB_RUN/hosts/$1/posts"
  lab_serve "$1" posts tcp 8080 /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/post_sink.py" "$LAB_RUN/hosts/$1/posts"
}

# run_tls_nginx HOST [NAME]: answers / with its host's name on port 443, HTTP/2 too. Its certificate, for NAME (the
# host's) and signed by itself, is hosts/HOST/tls.pem; give_certificate gives it another. Calls of grpc.health.v1 go on to
# the host's run_grpc_health, what is posted to /post/ to its run_post_sink.
run_tls_nginx() {
  local host=$1 name=${2-$1} directory=$LAB_RUN/hosts/$1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
    -addext "subjectAltName=DNS:$name" -keyout "$directory/tls.key" -out "$directory/tls.pem" 2>>"$directory/log/tls.log"
  cat >"$directory/tls.conf" <<EOF
daemon off; master_process off; pid $directory/tls.pid; error_log $directory/log/tls.log; events {}
http { access_log off; client_body_temp_path $directory/tls-body; proxy_temp_path $directory/tls-proxy;
fastcgi_temp_path $directory/tls-fastcgi; uwsgi_temp_path $directory/tls-uwsgi; scgi_temp_path $directory/tls-scgi;
map "" \$certificate { default $directory/tls.pem; }  # a variable: read anew with each connection
server { listen 443 ssl http2; listen [::]:443 ssl http2; root $directory/www;
ssl_certificate \$certificate; ssl_certificate_key $directory/tls.key;
location /grpc.health.v1.Health/ { grpc_pass grpc://127.0.0.1:50051; }
location = / { default_type text/plain; return 200 "$host\\n"; }
location /post/ { proxy_pass http://127.0.0.1:8080; } } }
EOF
  lab_serve "$host" tls tcp 443 nginx -c "$directory/tls.conf" -p "$directory"
}

# make_authority: its certificate is $LAB_RUN/ca.pem.
make_authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=authority" \
    -keyout "$LAB_RUN/ca.key" -out "$LAB_RUN/ca.pem" 2>>"$LAB_RUN/tmp/ca.log"
}

# give_certificate HOST NAME [DAYS]: to its TLS nginx, one for NAME by the authority; with DAYS below 0, it has expired.
give_certificate() {
  local directory=$LAB_RUN/hosts/$1
  {
    openssl req -new -key "$directory/tls.key" -subj "/CN=$2" -out "$directory/tls.request"
    openssl x509 -req -in "$directory/tls.request" -CA "$LAB_RUN/ca.pem" -CAkey "$LAB_RUN/ca.key" -CAcreateserial \
      -days "${3-2}" -extfile <(echo "subjectAltName=DNS:$2") -out "$directory/tls.new"
  } 2>>"$directory/log/tls.log"
  mv "$directory/tls.new" "$directory/tls.pem"
}

# run_web HOST: what is in hosts/HOST/www, on port 80; what is in www/slow, at 100 kB a second. hosts/HOST/requests has a
# line "CLIENT PATH" for each request.
run_web() {
  local host=$1 directory=$LAB_RUN/hosts/$1
  cat >"$directory/web.conf" <<EOF
daemon off; master_process off; pid $directory/web.pid; error_log $directory/log/web.log; events {}
http { log_format request '\$remote_addr \$uri'; access_log $directory/requests request;
client_body_temp_path $directory/web-body; proxy_temp_path $directory/web-proxy;
fastcgi_temp_path $directory/web-fastcgi; uwsgi_temp_path $directory/web-uwsgi; scgi_temp_path $directory/web-scgi;
server { listen 80; listen [::]:80; root $directory/www; location /slow/ { limit_rate 100k; } } }
EOF
  lab_serve "$host" web tcp 80 nginx -c "$directory/web.conf" -p "$directory"
}

# run_mariadb HOST: a server that takes every user, and whose @@hostname is HOST.
run_mariadb() {
  local directory=$LAB_RUN/hosts/$1
  mkdir -p "$directory/mariadb"
  lab_serve "$1" mariadb tcp 3306 mariadbd --no-defaults --user=root --datadir="$directory/mariadb" --skip-grant-tables \
    --skip-innodb --default-storage-engine=Aria --skip-log-bin --skip-name-resolve --performance-schema=off \
    --aria-pagecache-buffer-size=2M --key-buffer-size=1M --socket="$directory/mariadb.sock" --pid-file="$directory/mariadb.pid"
}

# run_echo HOST: answers each datagram to port 7 with what is in hosts/HOST/echo.
run_echo() {
  lab_serve "$1" echo udp 7 /usr/bin/python3 -uc 'import socket, sys
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("", 7))
while True:
    client = server.recvfrom(65536)[1]
    server.sendto(open(sys.argv[1], "rb").read(), client)' "$LAB_RUN/hosts/$1/echo"
}

# run_reflector HOST ADDRESS: answers each datagram to port 7 of ADDRESS, which may be a VIP, with the same.
run_reflector() { lab_serve "$1" reflector udp 7 /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/echo.py" "$2" 7; }

# steady_start HOST ADDRESS: a client of that reflector, a datagram every 20 ms; steady_stop HOST: "SENT LOST".
declare -A lab_steady_pid=()
steady_start() {
  local log=$LAB_RUN/hosts/$1/log/steady.log
  : >"$log"  # of an earlier one
  lab_become "$1" /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/steady_client.py" "$2" 7 >"$log" 2>&1 &
  lab_steady_pid[$1]=$!
  wait_until 60 "the client on $1" grep -q ready "$log"
}
steady_stop() {
  local log=$LAB_RUN/hosts/$1/log/steady.log
  kill -TERM "${lab_steady_pid[$1]}"
  # Called in a subshell, it is nobody's child there, and cannot be waited for.
  wait_until 60 "the client's figures" grep -q '^[0-9]' "$log"
  sed -n '$p' "$log"
}

# run_grpc_health HOST: grpc.health.v1 on port 50051, in cleartext; the server as a whole and the service "shop" serve,
# until set_grpc_health says otherwise, and others are not known.
run_grpc_health() {
  set_grpc_health "$1" 1
  lab_serve "$1" grpc tcp 50051 /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/serve_health.py" "$LAB_RUN/hosts/$1/grpc_status"
}

# set_grpc_health HOST STATUS: 1 SERVING, 2 NOT_SERVING, "unimplemented".
set_grpc_health() {
  echo "$2" >"$LAB_RUN/hosts/$1/grpc_status.new"
  mv "$LAB_RUN/hosts/$1/grpc_status.new" "$LAB_RUN/hosts/$1/grpc_status"
}

# hang_server HOST KIND (dnsmasq, smtp, tls, web, echo, grpc, mariadb): the kernel goes on accepting, and nobody answers.
hang_server() {
  kill -STOP "${lab_server_pid["$1 $2"]}"
}
resume_server() { kill -CONT "${lab_server_pid["$1 $2"]}"; }

# refuse_server HOST KIND: it ends, so that its port refuses. run_* starts it again.
refuse_server() {
  local pid=${lab_server_pid["$1 $2"]}
  kill -KILL "$pid"
  wait "$pid" 2>/dev/null || true
}

# vanish HOST [DEVICE] and appear HOST [DEVICE]: the whole machine; nobody says that it is not there.
vanish() { on "$1" ip link set "${2-eth0}" down; }
appear() { on "$1" ip link set "${2-eth0}" up; }
