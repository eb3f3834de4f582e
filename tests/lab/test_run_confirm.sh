# `ballast apply` beside a running controller, and `apply --confirm` with and without one: confirmed, not confirmed,
# interrupted, killed, failed, and guarded by health. Whatever is undone, ipvsadm prints what it printed before.
# timeout: 420
host one eth0 10.0.0.1/24
host web-11 eth0 10.0.0.11/24
host web-12 eth0 10.0.0.12/24
nginx_on web-11
nginx_on web-12
dir=$LAB_RUN/manifests
mkdir "$dir"

# manifest FILE SERVICE-PORT MEMBERS [CHECKS]
manifest() {
  cat >"$1" <<YAML
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: web-$2}
spec: {address: 10.0.0.100, port: $2, scheduler: rr, forwarding: NAT, pool: web, nodes: [one]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: web}
spec: {members: [$3]${4:+, checks: [$4]}}
YAML
}
eleven="{address: 10.0.0.11, port: 80}"
twelve="{address: 10.0.0.12, port: 80}"
# No service of its own is touched: what others had made and a manifest took over is given back, too.
foreign="-A -t 10.0.0.200:80 -s wlc"$'\n'"-a -t 10.0.0.200:80 -r 10.0.0.77:80 -m -w 5"
theirs() {
  printf '%s\n' "---" "apiVersion: ballast/v1" "kind: VirtualService" "metadata: {name: theirs}" \
    "spec: {address: 10.0.0.200, port: 80, scheduler: rr, forwarding: NAT, pool: web, nodes: [one]}"
}
is() { [[ $(ipvs one) == "$1" ]]; }
# waiting LOG: an apply in the background has applied, and waits.
waiting() { grep -q "^waiting" "$1"; }
# in_background ARGUMENTS...: apply; $pid, its outputs in $log.
in_background() {
  log=$LAB_RUN/apply.log
  : >"$log"  # of an earlier one
  lab_become one "$BALLAST" apply "$@" >"$log" 2>&1 &
  pid=$!
  wait_until 60 "the apply to wait" waiting "$log"
}
ends_with_status() {
  local status=0
  wait "$pid" || status=$?
  assert_eq "exit status of apply: $(<"$log")" "$1" "$status"
}

manifest "$dir/first.yaml" 80 "$eleven"
manifest "$dir/second.yaml" 8080 "$eleven, $twelve"
theirs >>"$dir/second.yaml"
on one ipvsadm -R <<<"$foreign"
ballast_on one apply -f "$dir/first.yaml" >/dev/null
before=$(ipvs one)
assert_contains "IPVS" "$before" "-t 10.0.0.100:80 -s rr" "-A -t 10.0.0.200:80 -s wlc" "-r 10.0.0.77:80 -m -w 5"

echo "without a controller: a confirmed one stays"
expect_status 2 ballast_on one confirm
assert_contains "confirm" "$stderr" "there is nothing to confirm"
in_background -f "$dir/second.yaml" --confirm 600s
after=$(ipvs one)
assert_contains "IPVS" "$after" "-t 10.0.0.100:8080 -s rr" "-A -t 10.0.0.200:80 -s rr"
expect_status 2 ballast_on one apply -f "$dir/first.yaml" --lock-timeout 0
ballast_on one confirm >/dev/null
ends_with_status 0
assert_eq "IPVS after the confirmation" "$after" "$(ipvs one)"
expect_status 2 ballast_on one confirm

on one ipvsadm -C
on one rm -f /run/ballast/owned.json
on one ipvsadm -R <<<"$foreign"
ballast_on one apply -f "$dir/first.yaml" >/dev/null
assert_eq "IPVS anew" "$before" "$(ipvs one)"

echo "one that nobody confirms is undone"
expect_status 2 ballast_on one apply -f "$dir/second.yaml" --confirm 1s
assert_contains "apply" "$stderr" "nobody has confirmed it: rolled back"
assert_eq "IPVS" "$before" "$(ipvs one)"
for signal in INT TERM HUP; do
  echo "one that gets SIG$signal is undone"
  in_background -f "$dir/second.yaml" --confirm 600s
  assert_eq "IPVS meanwhile" "$after" "$(ipvs one)"
  kill "-$signal" "$pid"
  ends_with_status 2
  assert_eq "IPVS" "$before" "$(ipvs one)"
done
echo "one that was killed is undone by the next apply, or confirmed in time"
in_background -f "$dir/second.yaml" --confirm 600s
kill -KILL "$pid"
ends_with_status 137
ballast_on one apply -f "$dir/first.yaml" >"$log" 2>&1
assert_contains "apply" "$(<"$log")" "killed and not confirmed: rolled back first"
assert_eq "IPVS" "$before" "$(ipvs one)"
in_background -f "$dir/second.yaml" --confirm 600s
kill -KILL "$pid"
ends_with_status 137
ballast_on one confirm >/dev/null
assert_eq "IPVS" "$after" "$(ipvs one)"
ballast_on one apply -f "$dir/first.yaml" >/dev/null
on one ipvsadm -R <<<"$foreign"
echo "one that does not succeed is undone at once"
before=$(ipvs one)
sed 's/scheduler: rr/scheduler: mh/; s/port: 8080/port: 8081/' "$dir/second.yaml" >"$dir/broken.yaml"
printf '%s\n' "---" "apiVersion: ballast/v1" "kind: Address" "metadata: {name: x}" \
  "spec: {nodes: [one], interface: nonesuch0, address: 10.0.0.7/24}" >>"$dir/broken.yaml"
expect_status 2 ballast_on one apply -f "$dir/broken.yaml" --confirm 600s
assert_contains "apply" "$stderr" "no interface 'nonesuch0'" "not everything came to be as the manifest wants it: rolled back"
assert_eq "IPVS" "$before" "$(ipvs one)"
expect_status 2 ballast_on one apply -f "$dir/second.yaml" --confirm 60s --guard
assert_contains "apply" "$stderr" "--guard needs the controller"

echo "a controller takes what a killed apply has left back"
in_background -f "$dir/second.yaml" --confirm 600s
kill -KILL "$pid"
ends_with_status 137
cp "$dir/first.yaml" "$LAB_RUN/cluster.yaml"
run_ballast one "$LAB_RUN/cluster.yaml" --resync 1
ready() { ballast_on one status >/dev/null; }
wait_until 60 "the controller" ready
wait_until 60 "what was there before" is "$before"

# settled FILE: the controller has made all that it says, and nothing is under way.
settled() { ballast_on one diff -f "$1"; }
answer() { { ballast_on one status -o json || true; } | jq -r "$1"; }
echo "beside the controller: diff shows what apply does, and the manifest stays in force"
expect_status 1 ballast_on one diff -f "$dir/second.yaml"
assert_contains "diff" "$stdout" "+ service tcp 10.0.0.100:8080 (web-8080)" "+ destination 10.0.0.12:80"
expect_status 0 ballast_on one apply -f "$dir/second.yaml" --dry-run
assert_eq "IPVS after diff" "$before" "$(ipvs one)"
expect_status 2 ballast_on one apply -f "$dir/second.yaml" --as-master web
assert_contains "apply" "$stderr" "the controller that runs here decides"
expect_status 2 ballast_on one apply -f "$dir/second.yaml" --node two
echo "kind: Nonsense" >"$dir/nonsense.yaml"
sed 's/one/three/' "$dir/second.yaml" >"$LAB_RUN/tmp/elsewhere.yaml"
expect_status 2 ballast_on one apply -f "$LAB_RUN/tmp/elsewhere.yaml" --node three
assert_contains "a manifest of other nodes" "$stderr" "no document names the node of the controller that runs here, and --node three cannot"
expect_status 2 ballast_on one apply -f "$dir/nonsense.yaml"
assert_contains "apply" "$stderr" "nonsense.yaml:1:" "the manifest is not valid; nothing was changed"
expect_status 0 ballast_on one apply -f "$dir/second.yaml"
assert_contains "apply" "$stdout" "+ service tcp 10.0.0.100:8080 (web-8080)" "is in force until the controller's own files change"
assert_contains "IPVS" "$(ipvs one)" "-t 10.0.0.100:8080 -s rr"
assert_eq "handed over" true "$(answer .manifest.handedOver)"
expect_status 0 ballast_on one diff -f "$dir/second.yaml"
expect_status 0 ballast_on one apply -f "$dir/second.yaml"
assert_contains "a second apply" "$stdout" "nothing to do"
manifest "$LAB_RUN/next" 80 "$eleven"
echo "# changed" >>"$LAB_RUN/next"
mv "$LAB_RUN/next" "$LAB_RUN/cluster.yaml"
own_again() { [[ $(answer .manifest.handedOver) == false ]]; }
wait_until 60 "the controller's own files" own_again
wait_until 60 "what they say" settled "$LAB_RUN/cluster.yaml"
assert_lacks "IPVS" "$(ipvs one)" :8080

echo "a manifest that takes away much needs --approve"
for port in 81 82 83; do
  manifest "$LAB_RUN/one.yaml" $port "$eleven"
  sed '/^---/q' "$LAB_RUN/one.yaml" >>"$LAB_RUN/next"
done
manifest "$LAB_RUN/one.yaml" 80 "$eleven"
cat "$LAB_RUN/one.yaml" >>"$LAB_RUN/next"
mv "$LAB_RUN/next" "$LAB_RUN/cluster.yaml"
wait_until 60 "four services" settled "$LAB_RUN/cluster.yaml"
on one ipvsadm -R <<<"$foreign"
before=$(ipvs one)
expect_status 2 ballast_on one apply -f "$dir/first.yaml"
assert_contains "apply" "$stderr" "3 of 4 services go" "--approve"
assert_eq "IPVS" "$before" "$(ipvs one)"

echo "with the controller: not confirmed, it is undone, and status says so"
expect_status 0 ballast_on one apply -f "$dir/second.yaml" --approve --confirm 3s
assert_contains "apply" "$stdout" "unless \`ballast confirm\` comes before"
wait_until 60 "the roll-back" is "$before"
assert_contains "status" "$(answer .manifest.rolledBack.reason)" "not confirmed within 3 s"
expect_status 2 ballast_on one confirm
echo "confirmed, it stays"
expect_status 0 ballast_on one apply -f "$dir/second.yaml" --approve --confirm 600s
[[ $(answer .manifest.confirm.until) == 20* ]] || fail "status does not say until when"
expect_status 2 ballast_on one apply -f "$dir/first.yaml" --approve
assert_contains "another apply meanwhile" "$stderr" "waits for \`ballast confirm\`"
expect_status 0 ballast_on one confirm
assert_eq "pending" null "$(answer .manifest.confirm)"
assert_contains "IPVS" "$(ipvs one)" "-t 10.0.0.100:8080 -s rr"
echo "what does not succeed is undone at once"
before=$(ipvs one)
expect_status 2 ballast_on one apply -f "$dir/broken.yaml" --approve --confirm 600s
assert_contains "apply" "$stderr" "rolled back"
wait_until 60 "the roll-back" is "$before"

echo "guarded: a member that fails undoes it"
check="http: {path: /, timeout: 1s}, interval: 300ms, retries: 0"
manifest "$dir/guarded.yaml" 8080 "$eleven, {address: 10.0.0.13, port: 80}" "{$check}"
theirs >>"$dir/guarded.yaml"
expect_status 0 ballast_on one apply -f "$dir/guarded.yaml" --approve --confirm 600s --guard
rolled_back() { [[ $(answer .manifest.rolledBack.reason) == *"1 member has failed, 0 had before it"* ]]; }
wait_until 60 "the guard" rolled_back
wait_until 60 "the roll-back" is "$before"
stop_node one

echo "where the controller follows a git repository, nothing is taken by hand, and diff shows what would be done"
make_repository lb
mkdir -p "$work/lb"
cp "$dir/first.yaml" "$work/lb/web.yaml"
commit "one service"
run_git one "file://$repository" --branch main --path lb
await_revision one "$revision"
wait_until 60 "what it says" settled "$dir/first.yaml"
before=$(ipvs one)
expect_status 2 ballast_on one apply -f "$dir/second.yaml" --approve
assert_contains "apply" "$stderr" "follows file://$repository main lb" "commit there what shall be in force"
expect_status 1 ballast_on one diff -f "$dir/second.yaml"
assert_eq "IPVS" "$before" "$(ipvs one)"
stop_node one
