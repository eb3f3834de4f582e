# Completion at the TAB key of the real bash, zsh and fish: commands, options, values, files, and names that the running
# controller knows.
# needs: none
# timeout: 300
host director eth0 10.0.0.2/24
cat >"$LAB_RUN/cluster.yaml" <<'YAML'
apiVersion: ballast/v1
kind: VirtualRouter
metadata: {name: front}
spec:
  virtualRouterId: 51
  interface: eth0
  addresses: [10.0.0.100/24]
  routers: [{node: director}]
YAML
run_ballast director "$LAB_RUN/cluster.yaml"
knows_router() { [[ $(ballast_on director __complete failover "") == *front* ]]; }
wait_until 60 "the controller's router" knows_router

# The programs of this PATH; a home that may be written.
directory=$LAB_RUN/tmp/completion
mkdir -p "$directory/bin" "$directory/manifests/inner" "$directory/home"
ln -s "$BALLAST" "$directory/bin/ballast"
touch "$directory/manifests/cluster one.yaml" "$directory/manifests/other.yaml"
in_shell() { on director env -C "$directory/manifests" HOME="$directory/home" PATH="$directory/bin:$PATH" TERM=dumb "$@"; }
for shell in bash zsh fish; do ballast_on director completion "$shell" >"$directory/$shell"; done
expect_status 2 ballast_on director completion tcsh

# bash LINE: what COMPREPLY is, sorted, on one line. Bash itself cuts words at '=' and ':'.
cat >"$directory/ask.bash" <<'BASH'
. "$1"
COMP_LINE=$2 COMP_POINT=${#2}
read -ra words <<<"$(sed 's/\([=:]\+\)/ \1 /g' <<<"$2")"
[[ $2 != *[[:blank:]] ]] || words+=("")
COMP_WORDS=("${words[@]}") COMP_CWORD=$((${#words[@]} - 1))
_ballast
printf '%s\n' "${COMPREPLY[@]}" | sort | paste -sd '|'
BASH
by_bash() { assert_eq "bash: $1" "$2" "$(in_shell bash --norc "$directory/ask.bash" "$directory/bash" "$1")"; }
by_bash "ballast ap" "apply|approve"
by_bash "ballast import " "ipvsadm|keepalived"
by_bash "ballast apply --dry" "--dry-run"
by_bash "ballast apply -o " "json|text"
by_bash "ballast apply --output=j" "json"
by_bash "ballast apply -f " "cluster one.yaml|inner|other.yaml"
by_bash "ballast apply --file=o" "other.yaml"
by_bash "ballast apply --state-dir " "inner"
by_bash "ballast maintenance " "off|on"
by_bash "ballast failover " "front"
by_bash "ballast failover --state-dir $directory " ""
by_bash "ballast nothing such " ""

# As bash's own TAB key does it: one candidate is typed out.
typed=$(in_shell bash --norc -i 2>&1 <<<". '$directory/bash'; complete -p ballast")
assert_contains "bash -i" "$typed" "complete -F _ballast ballast"

# fish asks for candidates itself: word, tab, meaning.
by_fish() {
  assert_eq "fish: $1" "$2" "$(in_shell fish --no-config -c "source '$directory/fish'; complete -C '$1'" | cut -f 1 | sort | paste -sd '|')"
}
by_fish "ballast ap" "apply|approve"
by_fish "ballast apply --output=j" "--output=json"
by_fish "ballast apply -o " "json|text"
by_fish "ballast apply -f o" "other.yaml"
by_fish "ballast apply --file=o" "--file=other.yaml"
by_fish "ballast apply --state-dir " "inner/"
by_fish "ballast failover f" "front"
assert_contains "fish: meanings" "$(in_shell fish --no-config -c "source '$directory/fish'; complete -C 'ballast vali'")" \
  $'validate\tRead and check manifests'

# zsh completes in a terminal only: one candidate is typed out, several are listed. A shell and what it needs to complete
# at all take seconds, so one is asked everything: a line, what comes at TAB, and so on.
cat >"$directory/ask.zsh" <<'ZSH'
zmodload zsh/zpty
zpty -b shell "PS1='> ' zsh -f -i"
zpty -w shell "autoload -U compinit; compinit -u -D; source $1; setopt no_beep; echo re''ady"
zpty -r -m shell answer '*ready*' && shift
for line expected; do
  zpty -w -n shell "$line"$'\t'
  zpty -r -m shell answer "*$expected*" && print -r -- "$line: $expected"
  zpty -w shell $'\C-u'"echo ne''xt"
  zpty -r -m shell answer '*next*'
done
ZSH
by_zsh() {
  assert_eq "zsh" "$(printf '%s: %s\n' "$@")" "$(in_shell timeout 200 zsh -f "$directory/ask.zsh" "$directory/zsh" "$@")"
}
by_zsh "ballast valid" "validate " "ballast app" "Make this node" "ballast apply --dry" "--dry-run " \
  "ballast apply --output=j" "--output=json " "ballast apply -f o" "other.yaml " \
  "ballast apply --file=ot" "--file=other.yaml " "ballast failover f" "front "

# An address has colons, which bash takes for the end of a word, and zsh for the beginning of a meaning.
rm "$directory/bin/ballast"
printf '#!/bin/sh\nprintf "none\\n2001:db8::17\\tmember\\n"\n' >"$directory/bin/ballast"
chmod +x "$directory/bin/ballast"
by_bash "ballast member drain 2001:db8::1" "17"
by_bash "ballast member drain 20" "2001:db8::17"
by_zsh "ballast member drain 2001:d" "2001:db8::17 "
by_fish "ballast member drain 2001:d" "2001:db8::17"
