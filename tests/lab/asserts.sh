# Waiting and asserting. A failed assert says what was expected, what came, and ends the test.
# shellcheck shell=bash

fail() {
  echo "$*" >&2
  return 1
}

exec {lab_never}<> <(:)  # nothing ever comes from it

# wait_until SECONDS WHAT COMMAND...: polls until COMMAND succeeds; every $lab_poll seconds, 0.02 by default.
wait_until() {
  local end=$((SECONDS + $1 + 1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < end)) || fail "waited in vain for $what: $*" || return
    read -rt "${lab_poll-0.02}" -u "$lab_never" || true  # sleeps without a process
  done
}

# assert_eq WHAT EXPECTED ACTUAL
assert_eq() {
  [[ $2 == "$3" ]] && return
  echo "$1: not as expected:" >&2
  diff -u --label expected --label actual <(echo "$2") <(echo "$3") >&2 || true
  return 1
}

# assert_contains WHAT TEXT PART...
assert_contains() {
  local part
  for part in "${@:3}"; do
    [[ $2 == *"$part"* ]] || fail "$1: '$part' is not in:"$'\n'"$2" || return
  done
}

# assert_lacks WHAT TEXT PART
assert_lacks() { [[ $2 != *"$3"* ]] || fail "$1: '$3' should not be in:"$'\n'"$2"; }

# expect_status STATUS COMMAND...: runs it; its outputs are in $stdout and $stderr.
expect_status() {
  local expected=$1 status=0
  shift
  "$@" >"$LAB_RUN/tmp/stdout" 2>"$LAB_RUN/tmp/stderr" || status=$?
  stdout=$(<"$LAB_RUN/tmp/stdout")
  stderr=$(<"$LAB_RUN/tmp/stderr")
  ((status == expected)) || fail "exit status $status, not $expected: $*"$'\n'"$stdout"$'\n'"$stderr"
}
