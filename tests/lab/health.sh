# What the kernel's tables say of members while `ballast run` checks them. ipvsadm is the oracle.
# shellcheck shell=bash

# weights_of HOST: "10.0.0.11:80 1" a line for each destination, sorted.
weights_of() { on "$1" ipvsadm -Sn | awk '$1 == "-a" { for (i = 2; i < NF; i++) { if ($i == "-r") server = $(i + 1); if ($i == "-w") weight = $(i + 1) } print server, weight }' | sort; }
weights_are() { [[ $(weights_of "$1") == "$2" ]]; }

# await_weights SECONDS HOST "SERVER WEIGHT"...
await_weights() {
  local wanted
  wanted=$(printf '%s\n' "${@:3}" | sort)
  wait_until "$1" "destinations of $2 to be: ${*:3}" weights_are "$2" "$wanted"
}
