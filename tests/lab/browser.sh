# Chromium on the network "lan", for tests that need `outside`: it is too heavy for a guest. browser.py carries out what it is
# told, in the running kernel; both meet in the lab's directory.
# shellcheck shell=bash

# browser_at ADDRESS/LENGTH
browser_at() {
  local order
  join_outside lan
  outside_host browser "$1"
  mkdir "$LAB_RUN/work/browser"
  outside_begin order ip netns exec browser unshare --mount bash -c 'mount -t proc proc /proc
    HOME=$1 exec /usr/bin/python3 -u "$2" "$1"' - "$LAB_WORK/browser" "$LAB_SOURCE/tests/lab/browser.py"
  lab_browser_output=$order.output
}

# browser WORD ARGUMENT...: has it done by the browser (browser.py); prints what it answers.
browser() {
  local directory=$LAB_RUN/work/browser number=1 answer
  local orders=("$directory"/order.*)
  [[ ! -e ${orders[0]} ]] || number=$((${#orders[@]} + 1))
  answer=$directory/answer.$number
  printf '%s\n' "${@//$'\n'/ }" >"$directory/new"
  mv "$directory/new" "$directory/order.$number"
  wait_until 120 "the browser" test -e "$answer" || fail "$(<"$lab_browser_output")" || return
  answer=$(<"$answer")
  [[ ${answer%%$'\n'*} == ok ]] || fail "the browser ${answer}" || return
  [[ $answer != *$'\n'* ]] || echo "${answer#*$'\n'}"
}
