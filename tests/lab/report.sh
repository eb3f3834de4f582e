# What happened: every host's state and logs, printed when a test has failed.
# shellcheck shell=bash

report_section() {
  echo "---- $1"
  "${@:2}" 2>&1 | tail -n 40
}

report_host() {
  local name=$1 log
  report_section "$name: addresses" on "$name" ip -brief addr
  report_section "$name: routes" on "$name" ip route
  report_section "$name: ipvsadm -Ln" on "$name" ipvsadm -Ln
  for log in "$LAB_RUN/hosts/$name/log"/*.log; do
    [[ ! -s $log ]] || report_section "$name: ${log##*/}" cat "$log"
  done
}

report_all_hosts() {
  local name
  for name in "${lab_hosts[@]}"; do report_host "$name"; done
  # Without the chatter of switches.
  report_section "the kernel's log" grep -vE 'port[0-9]|link becomes ready' <(dmesg)
}
