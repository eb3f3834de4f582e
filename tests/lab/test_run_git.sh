# `ballast run --git` follows a repository: commits that add, change, break, take away half, and forced pushes; and it
# keeps what it has while the repository is gone. Before the first commit can be read, nothing is touched.
# timeout: 480
host one eth0 10.0.0.1/24
log=$LAB_RUN/hosts/one/log/run.log
make_repository lb

# services COUNT [WEIGHT]: tcp ports 8001 and up, each with one member.
services() {
  local i
  mkdir -p "$work/lb"
  for ((i = 1; i <= $1; i++)); do
    cat <<YAML
---
apiVersion: ballast/v1
kind: VirtualService
metadata: {name: s$i}
spec: {address: 10.0.0.100, port: $((8000 + i)), forwarding: DR, pool: p$i, nodes: [one]}
---
apiVersion: ballast/v1
kind: Pool
metadata: {name: p$i}
spec: {members: [{address: 10.0.0.$((10 + i)), weight: ${2-1}}]}
YAML
  done >"$work/lb/web.yaml"
}
# The table, but for the service that is somebody else's.
ours() { ipvs one | grep -v 10.0.0.99; }
count() { ours | grep -c ^-A || true; }
count_is() { [[ $(count) == "$1" ]]; }
weight_is() { [[ $(ours) == *"-r 10.0.0.11:8001 -g -w $1"* ]]; }

echo "nothing can be read yet: nothing is touched, and the node stands for nothing"
on one ipvsadm -A -t 10.0.0.99:80 -s rr
mv "$repository" "$repository.away"
follow() { run_git one "file://$repository" --branch main --path lb --listen 10.0.0.1:9100; }
follow
readiness() { on one curl --silent --output /dev/null --write-out '%{http_code}' http://10.0.0.1:9100/readyz; }
unreachable() { status_has one '.manifest.sourceError != null'; }
lab_poll=0.2 wait_until 40 "the error in the status" unreachable
assert_eq "nothing in force" "null false" "$(status_of one '"\(.manifest.revision) \(.eligible)"')"
assert_contains "why" "$(status_of one .reason)" "no manifest is in force: cannot read file://$repository main lb: fatal:"
expect_status 2 ballast_on one reload
assert_contains "reload" "$stderr" "fatal:"
assert_eq "IPVS" "-A -t 10.0.0.99:80 -s rr" "$(ipvs one)"
assert_eq "readiness" 503 "$(readiness)"
mv "$repository.away" "$repository"

echo "a first commit"
services 6
echo "not a manifest" >"$work/README.md"
commit "six services"
await_revision one "$revision"
assert_eq "services" 6 "$(count)"
assert_eq "applied" "Jane Doe <jane@example.net>: six services" \
  "$(status_of one '.manifest.inForce | "\(.author): \(.subject)"')"
assert_eq "commit time" "$(git -C "$work" log -1 --format=%ct)" \
  "$(status_of one '.manifest.inForce.committedAt | sub("\\.000Z"; "Z") | fromdate')"
assert_contains "status" "$(on one "$BALLAST" status || true)" "manifest $revision: six services (Jane Doe"

echo "one that adds, some that change"
services 7
commit "one more"
wait_until 40 "the new service" count_is 7
for weight in 7 6 5; do
  services 7 $weight
  commit "weight $weight"
  began=$(date +%s%3N)
  wait_until 40 "the new weight" weight_is $weight
  echo "  applied after $(($(date +%s%3N) - began)) ms"
done
fully_applied() { status_has one ".manifest.applied.revision == \"$revision\""; }
wait_until 40 "the status to call it applied" fully_applied
await_revision one "$revision"
good=$revision

echo "one that breaks everything: refused, with commit and line"
wanted=$(ours)
sed -i 's/weight: 5/wieght: 5/' "$work/lb/web.yaml"
commit "broken"
refused() { status_has one ".manifest.refused.revision == \"$revision\""; }
lab_poll=0.2 wait_until 40 "the refusal" refused
assert_eq "in force" "$good" "$(status_of one .manifest.revision)"
assert_eq "attempted" "$revision broken" "$(status_of one '.manifest.attempted | "\(.revision) \(.subject)"')"
assert_contains "error" "$(status_of one .manifest.refused.error)" "$revision:lb/web.yaml:" "wieght"
expect_status 2 ballast_on one reload
assert_contains "reload" "$stderr" "manifest $revision is not valid" "$revision:lb/web.yaml:"
assert_eq "IPVS" "$wanted" "$(ours)"

echo "one that takes away more than half: held until it is approved"
services 2 5
commit "only two"
expect_status 1 ballast_on one reload
assert_contains "reload" "$stderr" "manifest $revision is held" "5 of 7 services go" "ballast approve $revision"
assert_eq "IPVS" "$wanted" "$(ours)"
expect_status 0 ballast_on one approve "$revision"
wait_until 40 "the services to go" count_is 2
await_revision one "$revision"

echo "a forced push to another history"
git -C "$work" checkout --quiet --orphan other
services 4 9
commit "begun anew"
git -C "$work" push --quiet --force origin other:main
expect_status 0 ballast_on one reload
assert_contains "reload" "$stdout" "manifest $revision is in force"
wait_until 40 "the other history" weight_is 9
assert_eq "services" 4 "$(count)"
git -C "$work" branch --quiet --force main other
git -C "$work" checkout --quiet main
expect_status 0 ballast_on one reload
assert_contains "reload" "$stdout" "manifest $revision is in force, as it was"

echo "the repository is gone for a while: said once, and everything stays"
wanted=$(ours)
before=$(grep -c "error: cannot read" "$log" || true)
mv "$repository" "$repository.away"
lab_poll=0.2 wait_until 40 "the error in the status" unreachable
expect_status 2 ballast_on one reload
expect_status 2 ballast_on one reload
assert_eq "complaints in the log" $((before + 1)) "$(grep -c "error: cannot read" "$log")"
on one ipvsadm -D -t 10.0.0.100:8001
wait_until 40 "the drift to be put back" weight_is 9
assert_eq "IPVS" "$wanted" "$(ours)"
assert_eq "in force" "$revision" "$(status_of one .manifest.revision)"
assert_eq "readiness" 200 "$(readiness)"

echo "started anew while it is gone: from the last good manifest, and ready"
kill -KILL "${lab_node_pid[one]}"
wait "${lab_node_pid[one]}" 2>/dev/null || true
on one ipvsadm -D -t 10.0.0.100:8001
follow
wait_until 40 "the service to be back" weight_is 9
ready_again() { [[ $(readiness) == 200 ]]; }
lab_poll=0.2 wait_until 40 "readiness" ready_again
lab_poll=0.2 wait_until 40 "the error in the status" unreachable
mv "$repository.away" "$repository"
services 5 9
commit "back again"
wait_until 40 "the new service" count_is 5
await_revision one "$revision"
assert_eq "services" 5 "$(count)"
assert_eq "the repository is reached" null "$(status_of one .manifest.sourceError)"
assert_eq "the service of somebody else" 1 "$(ipvs one | grep -c 10.0.0.99)"
stop_node one
