# Git as git does it: over http with a password from git's own credential store, from a plain web server without
# shallow histories, and only commits that somebody trusted has signed.
# needs: none
# timeout: 180
host one eth0 10.0.0.1/24
make_repository lb
name=net.ipv4.conf.eth0.accept_redirects

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
answers() { fetch one "$@"; }
listens() { on one bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null; }

echo "http, with a password"
lab_become one python3 "$LAB_SOURCE/tests/lab/serve_git.py" 8080 "$LAB_RUN/git" jane:secret \
  2>"$LAB_RUN/hosts/one/log/http.log" &
wait_until 30 "the server" listens 8080
setting 0
commit "first"
run_git one http://127.0.0.1:8080/lb.git
refused() { status_has one '.manifest.sourceError.error // "" | contains("could not read Username")'; }
lab_poll=0.2 wait_until 40 "the refusal" refused
git config --global credential.helper store
echo "http://jane:secret@127.0.0.1%3a8080" >"$HOME/.git-credentials"
expect_status 0 ballast_on one reload
await_revision one "$revision"
wait_until 40 "the setting" setting_is 0
assert_eq "history in the copy" 1 "$(git --git-dir="$LAB_RUN/hosts/one/cache/git" rev-list --count refs/ballast/wanted)"
setting 1
commit "second"
wait_until 40 "the second setting" setting_is 1
assert_eq "history in the copy" 1 "$(git --git-dir="$LAB_RUN/hosts/one/cache/git" rev-list --count refs/ballast/wanted)"
assert_lacks "the log" "$(cat "$LAB_RUN/hosts/one/log/run.log")" secret
stop_node one

echo "a server of plain files"
lab_become one python3 -m http.server --bind 127.0.0.1 --directory "$LAB_RUN/git" 8081 >/dev/null 2>&1 &
wait_until 30 "the server" listens 8081
rm -rf "$LAB_RUN/hosts/one/cache"
run_git one http://127.0.0.1:8081/lb.git
await_revision one "$revision"
setting 0
commit "third"
wait_until 40 "the third setting" setting_is 0
stop_node one

echo "signatures: unsigned and somebody's are refused, the trusted one's is taken"
keys=$LAB_RUN/keys
mkdir "$keys"
ssh-keygen -q -t ed25519 -N "" -f "$keys/jane" -C jane@example.net
ssh-keygen -q -t ed25519 -N "" -f "$keys/mallory" -C jane@example.net
echo "jane@example.net $(cut -d' ' -f1,2 "$keys/jane.pub")" >"$keys/trusted"
git config --global gpg.format ssh
git config --global gpg.ssh.allowedSignersFile "$keys/trusted"
rm -rf "$LAB_RUN/hosts/one/cache"
setting 1
commit "signed" -S"$keys/jane"
run_git one "file://$repository" --git-verify-signatures
await_revision one "$revision"
wait_until 40 "the signed setting" setting_is 1
good=$revision
# not_trusted SUBJECT [OPTION...]
not_trusted() {
  setting 0
  commit "$@"
  expect_status 2 ballast_on one reload
  assert_contains "reload" "$stderr" "$revision: the commit has no signature that is trusted here"
  assert_eq "in force" "$good" "$(status_of one .manifest.revision)"
  setting_is 1
}
not_trusted "unsigned"
not_trusted "forged" -S"$keys/mallory"
echo "jane@example.net $(cut -d' ' -f1,2 "$keys/mallory.pub")" >>"$keys/trusted"
echo "  trusted now: taken at the next look, without a new commit"
await_revision one "$revision"
wait_until 40 "the setting" setting_is 0

echo "links are refused, not passed over"
git -C "$work" config --local core.symlinks true
ln -s tuning.yaml "$work/more.yaml"
commit "a link" -S"$keys/jane"
expect_status 2 ballast_on one reload
assert_contains "reload" "$stderr" "more.yaml: a symbolic link"
stop_node one
