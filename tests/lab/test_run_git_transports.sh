# Repositories over https, whose certificate is checked, and over ssh, whose host is; credentials are git's own. A server
# that accepts and says nothing ends with a timeout, and the node goes on meanwhile.
# needs: none
# timeout: 240
host one eth0 10.0.0.1/24
make_repository lb
unset GIT_SSL_CAINFO SSL_CERT_FILE  # of the machine that this runs on
name=net.ipv4.conf.eth0.accept_redirects
keys=$LAB_RUN/keys
mkdir "$keys"

# setting VALUE
setting() {
  cat >"$work/tuning.yaml" <<YAML
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: tuning}
spec: {nodes: [one], values: {$name: $1}}
YAML
}
setting_is() { [[ $(kernel_parameter one $name) == "$1" ]]; }
listens() { on one bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null; }
# complains TEXT: the status says that the source cannot be read, and why.
complains() { status_has one ".manifest.sourceError.error // \"\" | contains(\"$1\")"; }

echo "https: a certificate of nobody's is refused, one of a known authority is taken"
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 \
  -keyout "$keys/server.key" -out "$keys/server.crt" 2>/dev/null
cat "$keys/server.crt" "$keys/server.key" >"$keys/server.pem"
lab_become one python3 "$LAB_SOURCE/tests/lab/serve_git.py" 8443 "$LAB_RUN/git" jane:secret "$keys/server.pem" \
  2>"$LAB_RUN/hosts/one/log/https.log" &
wait_until 30 "the server" listens 8443
setting 0
commit "first"
git config --global credential.helper store
echo "https://jane:secret@127.0.0.1%3a8443" >"$HOME/.git-credentials"
run_git one https://127.0.0.1:8443/lb.git
lab_poll=0.2 wait_until 40 "the refusal" complains certificate
git config --global http.sslCAInfo "$keys/server.crt"
expect_status 0 ballast_on one reload
await_revision one "$revision"
wait_until 40 "the setting" setting_is 0
assert_lacks "the log" "$(cat "$LAB_RUN/hosts/one/log/run.log")" secret
stop_node one

echo "ssh: a host that is not known is refused, one that is known is taken"
ssh-keygen -q -t ed25519 -N "" -f "$keys/host"
ssh-keygen -q -t ed25519 -N "" -f "$keys/node"
cat >"$keys/sshd_config" <<CONF
ListenAddress 127.0.0.1:8022
HostKey $keys/host
AuthorizedKeysFile $keys/node.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
StrictModes no
UsePAM no
PidFile none
CONF
on one mkdir -p /run/sshd
lab_become one /usr/sbin/sshd -D -e -f "$keys/sshd_config" 2>"$LAB_RUN/hosts/one/log/sshd.log" &
wait_until 30 "the server" listens 8022
touch "$keys/known_hosts"
export GIT_SSH_COMMAND="ssh -F none -i $keys/node -o UserKnownHostsFile=$keys/known_hosts -o GlobalKnownHostsFile=none"
rm -rf "$LAB_RUN/hosts/one/cache"
setting 1
commit "second"
run_git one "ssh://root@127.0.0.1:8022$repository"
lab_poll=0.2 wait_until 40 "the refusal" complains "Host key verification failed"
echo "[127.0.0.1]:8022 $(cut -d' ' -f1,2 "$keys/host.pub")" >"$keys/known_hosts"
expect_status 0 ballast_on one reload
await_revision one "$revision"
wait_until 40 "the second setting" setting_is 1
setting 0
commit "third"
wait_until 40 "the third setting" setting_is 0
stop_node one

echo "a server that accepts and says nothing: the last good manifest stays in force and is kept, and status says why"
lab_become one python3 -c '
import socket, time
silent = socket.create_server(("127.0.0.1", 8023))
peers = []
while True: peers.append(silent.accept())' &
wait_until 30 "the server" listens 8023
export GIT_SSH_COMMAND="${GIT_SSH_COMMAND} -p 8023 -o HostName=127.0.0.1"
run_git one "ssh://root@127.0.0.1:8022$repository"
wait_until 40 "the last good manifest" status_has one ".manifest.fromLastGood and .manifest.revision == \"$revision\""
on one sysctl -qw $name=1
wait_until 40 "the drift to be put back" setting_is 0
lab_poll=0.5 wait_until 90 "the timeout" complains "git did not end within 30s"
assert_eq "in force" "$revision" "$(status_of one .manifest.revision)"
stop_node one
