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

# run_dnsmasq HOST: knows the address of www.example.com and that nothing.example.com has none; refuses all else.
run_dnsmasq() {
  lab_serve "$1" dnsmasq udp 53 dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --user=root \
    --pid-file= --log-facility=- --address=/www.example.com/192.0.2.1 --local=/nothing.example.com/
}

# run_smtp_sink HOST [OPTION...]: greets, and takes mail into hosts/HOST/mail. --no-ehlo knows HELO only; --greeting CODE.
run_smtp_sink() {
  local host=$1
  shift
  mkdir -p "$LAB_RUN/hosts/$host/mail"
  lab_serve "$host" smtp tcp 25 /usr/bin/python3 -u "$LAB_SOURCE/tests/lab/smtp_sink.py" "$LAB_RUN/hosts/$host/mail" "$@"
}

# run_tls_nginx HOST [NAME]: answers / with its host's name on port 443, HTTP/2 too. Its certificate, for NAME (the
# host's) and signed by itself, is hosts/HOST/tls.pem.
run_tls_nginx() {
  local host=$1 name=${2-$1} directory=$LAB_RUN/hosts/$1
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj "/CN=$name" \
    -addext "subjectAltName=DNS:$name" -keyout "$directory/tls.key" -out "$directory/tls.pem" 2>>"$directory/log/tls.log"
  cat >"$directory/tls.conf" <<EOF
daemon off; master_process off; pid $directory/tls.pid; error_log $directory/log/tls.log; events {}
http { access_log off; client_body_temp_path $directory/tls-body; proxy_temp_path $directory/tls-proxy;
fastcgi_temp_path $directory/tls-fastcgi; uwsgi_temp_path $directory/tls-uwsgi; scgi_temp_path $directory/tls-scgi;
server { listen 443 ssl http2; listen [::]:443 ssl http2; root $directory/www;
ssl_certificate $directory/tls.pem; ssl_certificate_key $directory/tls.key;
location = / { default_type text/plain; return 200 "$host\\n"; } } }
EOF
  lab_serve "$host" tls tcp 443 nginx -c "$directory/tls.conf" -p "$directory"
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

# hang_server HOST KIND (dnsmasq, smtp, tls, grpc): the kernel goes on accepting, and nobody answers.
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
