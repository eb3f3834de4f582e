# What the command line says: help for each command, a guess for what is mistyped, and the exit status of each outcome.
# needs: none
host director eth0 10.0.0.2/24
commands=$(on director "$BALLAST" --help | awk '/^Subcommands:/ {listed = 1; next} listed && /^  [a-z]/ {print $1}')
assert_contains "commands in --help" "$(tr '\n' ' ' <<<"$commands")" validate diff apply get run status version
for command in $commands; do
  expect_status 0 ballast_on director "$command" --help
  assert_contains "help of $command" "$stdout" "Usage: ballast $command" "Exit status"
  assert_eq "lines of help of $command beyond 96 columns" "" "$(awk 'length($0) > 96' <<<"$stdout")"
  # A paragraph is wrapped once: no line of one word goes on in the next.
  assert_eq "stubs in the help of $command" "" \
    "$(awk 'stub != "" && /[^ ]/ {print stub} {stub = NF == 1 && /^[^ ]/ && !/:$/ ? $0 : ""}' <<<"$stdout")"
done

expect_status 2 ballast_on director dif
assert_contains "a mistyped command" "$stderr" "unknown command 'dif'; did you mean 'diff'?"
expect_status 2 ballast_on director apply --nod director -f x.yaml
assert_contains "a mistyped option" "$stderr" "unknown option '--nod' of apply; did you mean '--node'?"
expect_status 2 ballast_on director apply
assert_contains "a missing option" "$stderr" "ballast apply: --file is required"
expect_status 2 ballast_on director
assert_contains "no command" "$stderr" "which command? One of: validate, diff, apply"
expect_status 2 ballast_on director diff -f x.yaml --node a --node b
assert_contains "an option given twice" "$stderr" "--node is given 2 times; it can be given once"
expect_status 2 ballast_on director apply --dry-run -f /nowhere.yaml
assert_contains "a dry run is of apply" "$stderr" "ballast apply: the manifest is not valid"
expect_status 0 ballast_on director version
assert_contains "version" "$stdout" "ballast "
expect_status 0 ballast_on director version -o json
assert_eq "version" '"string"' "$(jq -c '.version | type' <<<"$stdout")"

# Limits and times: what makes no sense is refused before anything is begun.
for wrong in "--max-removals -1" "--max-removals 1.5" "--metrics-destinations -1" "--resync nan" "--resync 5q" \
  "--resync 50ms" "--resync -5" "--resync 61m"; do
  # shellcheck disable=SC2086
  expect_status 2 ballast_on director run -f /nowhere.yaml $wrong
  assert_contains "$wrong" "$stderr" "${wrong% *}" "must be"
done
for good in "--resync 5s" "--resync 5" "--resync 0.5" "--resync 500ms" "--resync 1m30s" "--max-removals 0"; do
  # shellcheck disable=SC2086
  expect_status 2 ballast_on director run -f /nowhere.yaml $good
  assert_contains "$good" "$stderr" "/nowhere.yaml: cannot read it"
done

cat >"$LAB_RUN/cluster.yaml" <<EOF
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
EOF
sed 's/interface:/interfaec:/' "$LAB_RUN/cluster.yaml" >"$LAB_RUN/wrong.yaml"
expect_status 0 ballast_on director validate -f "$LAB_RUN/cluster.yaml"
expect_status 2 ballast_on director validate -f "$LAB_RUN/cluster.yaml" -f "$LAB_RUN/tmp/../cluster.yaml"
assert_contains "a file twice" "$stderr" "cluster.yaml: given twice"
expect_status 2 ballast_on director validate -f - <"$LAB_RUN/wrong.yaml"
assert_contains "where it was read" "$stderr" "standard input:4:27: unknown field"

# What may not be read is an error, never an empty manifest.
mkdir -p "$LAB_RUN/tmp/shut" "$LAB_RUN/tmp/open"
cp "$LAB_RUN/cluster.yaml" "$LAB_RUN/tmp/shut/a.yaml"
cp "$LAB_RUN/cluster.yaml" "$LAB_RUN/tmp/open/a.yaml"
chmod 0 "$LAB_RUN/tmp/shut" "$LAB_RUN/tmp/open/a.yaml"
as_nobody() { on director setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
expect_status 2 as_nobody "$BALLAST" validate -f "$LAB_RUN/tmp/shut"
assert_contains "an unreadable directory" "$stderr" "tmp/shut: cannot read the directory: permission denied (EACCES)"
expect_status 2 as_nobody "$BALLAST" validate -f "$LAB_RUN/tmp/open"
assert_contains "an unreadable file" "$stderr" "tmp/open/a.yaml: cannot read it: permission denied (EACCES)"
expect_status 2 ballast_on director validate -f "$LAB_RUN/wrong.yaml"
assert_contains "a mistyped field" "$stderr" "wrong.yaml:4:27: unknown field 'interfaec' (did you mean 'interface'?)"

# The command line counts, not the environment.
expect_status 2 on director env BALLAST_NODE=one BALLAST_STATE_DIR=/run/other "$BALLAST" diff -f "$LAB_RUN/cluster.yaml" --node two
assert_contains "the node that was asked for" "$stderr" "no document names node 'two'"
expect_status 2 on director env BALLAST_NODE=one "$BALLAST" diff -f "$LAB_RUN/cluster.yaml"
assert_contains "the node of the environment" "$stderr" "no document names node 'one'"

# A dry run prints the plan of apply and changes nothing, and so does diff.
expect_status 0 ballast_on director apply --dry-run -f "$LAB_RUN/cluster.yaml"
assert_contains "dry run" "$stdout" "+ address 10.0.0.100/24 on eth0" "nothing was changed"
expect_status 1 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_eq "addresses" "10.0.0.2/24 global" "$(addresses director eth0)"
expect_status 0 ballast_on director apply -f "$LAB_RUN/cluster.yaml"
expect_status 0 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_eq "addresses" $'10.0.0.2/24 global\n10.0.0.100/24 global' "$(addresses director eth0)"

# A parameter that is not there is told by diff as a missing interface is; a damaged record in words.
cat >"$LAB_RUN/sysctl.yaml" <<EOF
apiVersion: ballast/v1
kind: Sysctl
metadata: {name: typo}
spec: {nodes: [director], values: {net.ipv4.ip_froward: 1}}
EOF
expect_status 1 ballast_on director diff -f "$LAB_RUN/sysctl.yaml"
assert_contains "a missing parameter" "$stdout" "! there is no parameter 'net.ipv4.ip_froward' on this node: it cannot be set"
on director sh -c 'echo "{" >/run/ballast/owned.json'
expect_status 2 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_contains "a damaged record" "$stderr" "owned.json: not a record of ownership, or damaged; move it away"
assert_lacks "a damaged record" "$stderr" json.exception
