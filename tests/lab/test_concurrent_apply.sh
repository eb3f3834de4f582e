# Two applies at once: one waits for the other or is refused, and the kernel is never a mixture of both.
# needs: ipvs processors
# timeout: 300
host director eth0 10.0.0.2/24

# manifest SCHEDULER WEIGHT: the same 40 services, each with 4 members.
manifest() {
  local service member
  for service in {1..40}; do
    echo "{apiVersion: ballast/v1, kind: VirtualService, metadata: {name: s$service}, spec: {nodes: [director],"
    echo "  address: 10.1.0.$service, port: 80, scheduler: $1, forwarding: DR, pool: p}}"
    echo ---
  done
  echo "{apiVersion: ballast/v1, kind: Pool, metadata: {name: p}, spec: {members: ["
  for member in 1 2 3 4; do echo "  {address: 10.0.0.$member, weight: $2},"; done
  echo "]}}"
}
manifest rr 1 >"$LAB_RUN/a.yaml"
manifest lc 9 >"$LAB_RUN/b.yaml"

for _ in 1 2 3 4 5; do
  on director "$BALLAST" apply -f "$LAB_RUN/a.yaml" >"$LAB_RUN/hosts/director/log/a.log" 2>&1 &
  first=$!
  on director "$BALLAST" apply -f "$LAB_RUN/b.yaml" >"$LAB_RUN/hosts/director/log/b.log" 2>&1 &
  second=$!
  wait "$first"
  wait "$second"
  seen=$(ipvs director | awk '/^-A/ {print $5} /^-a/ {print $NF}' | tally)
  [[ $seen == $'160 1\n40 rr' || $seen == $'160 9\n40 lc' ]] || fail "a mixture:"$'\n'"$seen"
done

# While another holds the lock: refused at once if told not to wait, else carried out when its turn comes.
lab_become director flock /run/ballast/lock sleep infinity &
holder=$!
locked() { ! on director flock --nonblock /run/ballast/lock true; }
wait_until 10 "the lock" locked
before=$(ipvs director)
other=a.yaml
[[ $before == *"-s rr"* ]] && other=b.yaml
expect_status 2 ballast_on director apply -f "$LAB_RUN/$other" --lock-timeout 0
assert_contains "message" "$stderr" "another ballast process" "nothing was changed"
assert_eq "the table" "$before" "$(ipvs director)"

on director "$BALLAST" apply -f "$LAB_RUN/$other" >"$LAB_RUN/hosts/director/log/waiting.log" 2>&1 &
waiting=$!
wait_until 20 "the waiting one to say so" grep -q "waiting" "$LAB_RUN/hosts/director/log/waiting.log"
assert_eq "the table while it waits" "$before" "$(ipvs director)"
pkill -P "$holder" || true
kill "$holder" 2>/dev/null || true
wait "$waiting"
[[ $(ipvs director) != "$before" ]] || fail "the waiting apply has changed nothing"
