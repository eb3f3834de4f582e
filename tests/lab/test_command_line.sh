# What the command line says: help for each command, a guess for what is mistyped, and the exit status of each outcome.
# needs: none
host director eth0 10.0.0.2/24
commands=$(on director "$BALLAST" --help | awk '/^Subcommands:/ {listed = 1; next} listed && /^  [a-z]/ {print $1}')
assert_contains "commands in --help" "$(tr '\n' ' ' <<<"$commands")" validate diff apply get run status version
for command in $commands; do
  expect_status 0 ballast_on director "$command" --help
  assert_contains "help of $command" "$stdout" "Usage: ballast $command" "Exit status"
  assert_eq "lines of help of $command beyond 96 columns" "" "$(awk 'length($0) > 96' <<<"$stdout")"
done

expect_status 2 ballast_on director dif
assert_contains "a mistyped command" "$stderr" "unknown command 'dif'; did you mean 'diff'?"
expect_status 2 ballast_on director apply --nod director -f x.yaml
assert_contains "a mistyped option" "$stderr" "unknown option '--nod' of apply; did you mean '--node'?"
expect_status 2 ballast_on director apply
assert_contains "a missing option" "$stderr" "--file is required"
expect_status 0 ballast_on director version
assert_contains "version" "$stdout" "ballast "

cat >"$LAB_RUN/cluster.yaml" <<EOF
apiVersion: ballast/v1
kind: Address
metadata: {name: vip}
spec: {nodes: [director], interface: eth0, address: 10.0.0.100/24}
EOF
sed 's/interface:/interfaec:/' "$LAB_RUN/cluster.yaml" >"$LAB_RUN/wrong.yaml"
expect_status 0 ballast_on director validate -f "$LAB_RUN/cluster.yaml"
expect_status 2 ballast_on director validate -f "$LAB_RUN/wrong.yaml"
assert_contains "a mistyped field" "$stderr" "wrong.yaml:4:27: unknown field 'interfaec' (did you mean 'interface'?)"

# A dry run prints the plan of apply and changes nothing, and so does diff.
expect_status 0 ballast_on director apply --dry-run -f "$LAB_RUN/cluster.yaml"
assert_contains "dry run" "$stdout" "+ address 10.0.0.100/24 on eth0" "nothing was changed"
expect_status 1 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_eq "addresses" "10.0.0.2/24 global" "$(addresses director eth0)"
expect_status 0 ballast_on director apply -f "$LAB_RUN/cluster.yaml"
expect_status 0 ballast_on director diff -f "$LAB_RUN/cluster.yaml"
assert_eq "addresses" $'10.0.0.2/24 global\n10.0.0.100/24 global' "$(addresses director eth0)"
