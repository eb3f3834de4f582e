# The manual page: two readers of such pages find nothing wrong with it, and it has every command and every option of --help.
# needs: none
host director eth0 10.0.0.2/24
page=$LAB_RUN/tmp/ballast.8
ballast_on director man >"$page"
# What must stay a line may be long.
assert_eq "mandoc's warnings" "" "$(mandoc -Tlint -W style "$page" | grep -v "input text line longer than 80 bytes: .*allast" || true)"
if command -v groff >/dev/null; then assert_eq "groff's warnings" "" "$(groff -man -ww -Tutf8 -z "$page" 2>&1)"; fi
text=$(mandoc -Tutf8 "$page" | col -bx)
assert_contains "sections" "$text" "EXIT STATUS" ENVIRONMENT FILES BALLAST_NODE BALLAST_STATE_DIR BALLAST_CACHE_DIR /run/ballast \
  /var/lib/ballast

# section_of COMMAND: what the page says of it, on one line.
section_of() {
  awk -v title="   ballast $1" '$0 == title {on = 1; next} /^   ?[a-zA-Z]/ && on {exit} on' <<<"$text" | tr -s ' \n' ' '
}
# check COMMAND: its options and their first words are on the page; then the same of its own commands.
check() {
  local help section option inner
  help=$(ballast_on director $1 --help)
  section=$(section_of "$1")
  options=$(grep -oE '^  (-.,)?--[a-z-]+' <<<"$help" | grep -oE -- '--[a-z-]+' | grep -v -x -- --help || true)
  for option in $options; do assert_contains "$1 on the page" "$section" " $option"; done
  ((checked += $(wc -w <<<"$options"))) || true
  assert_contains "$1 on the page" "$section" "Exit status:"
  for inner in $(awk '/^Subcommands:/ {listed = 1; next} listed && /^  [a-z]/ {print $1}' <<<"$help"); do check "$1 $inner"; done
}
checked=0
commands=$(ballast_on director --help | awk '/^Subcommands:/ {listed = 1; next} listed && /^  [a-z]/ {print $1}')
for command in $commands; do check "$command"; done
((checked > 60)) || fail "only $checked options were compared"
