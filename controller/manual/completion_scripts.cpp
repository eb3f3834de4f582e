// The shells' side of completion. Each script hands the words to the program that is typed, and its answer to the
// shell.
#include "controller/manual/completion.hpp"

namespace ballast {
namespace {

// Bash splits words at '=' and ':' too, and replaces only what follows the last of them.
constexpr std::string_view bash =
    R"script(# Completion of ballast for bash: ballast completion bash > /usr/share/bash-completion/completions/ballast
_ballast() {
  local line=${COMP_LINE:0:COMP_POINT} typed=${COMP_WORDS[COMP_CWORD]} whole answer each
  local -a words lines paths
  read -ra words <<<"$line"
  [[ $line != *[[:blank:]] ]] || words+=("")
  whole=${words[-1]}
  [[ $typed == *[!=:]* ]] || typed=
  local kept=${whole%"$typed"}
  COMPREPLY=()
  mapfile -t lines < <("${words[0]}" __complete "${words[@]:1}" 2>/dev/null)
  for each in "${lines[@]:1}"; do
    answer=${each%%$'\t'*}
    COMPREPLY+=("${answer#"$kept"}")
  done
  case ${lines[0]-} in
    files) mapfile -t paths < <(compgen -f -- "$typed") ;;
    directories) mapfile -t paths < <(compgen -d -- "$typed") ;;
  esac
  ((${#paths[@]} == 0)) || compopt -o filenames 2>/dev/null
  COMPREPLY+=("${paths[@]}")
}
complete -F _ballast ballast
)script";

constexpr std::string_view zsh = R"script(#compdef ballast
# Completion of ballast for zsh: ballast completion zsh > /usr/local/share/zsh/site-functions/_ballast
_ballast() {
  local -a before lines candidates
  local each
  ((CURRENT > 2)) && before=("${(@Q)words[2,CURRENT-1]}")
  lines=("${(@f)$("${(Q)words[1]}" __complete "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)}")
  for each in "${(@)lines:1}"; do
    candidates+=("${${each%%$'\t'*}//:/\\:}:${each#*$'\t'}")
  done
  (($#candidates)) && _describe ballast candidates
  case $lines[1] in
    files) [[ $PREFIX == --*=* ]] && compset -P '*='; _files ;;
    directories) [[ $PREFIX == --*=* ]] && compset -P '*='; _files -/ ;;
  esac
}
if [[ $funcstack[1] == _ballast ]]; then _ballast "$@"; else compdef _ballast ballast; fi
)script";

constexpr std::string_view fish =
    R"script(# Completion of ballast for fish: ballast completion fish > /usr/share/fish/vendor_completions.d/ballast.fish
function __ballast_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l program $words[1]
    set -e words[1]
    set -l lines ($program __complete $words "$word" 2>/dev/null)
    set -l option (string match -r -- '^--[^=]*=' "$word"; or echo)
    set -l path (string replace -r -- '^--[^=]*=' '' "$word")
    switch "$lines[1]"
        case files
            set -a lines $option(__fish_complete_path "$path")
        case directories
            set -a lines $option(__fish_complete_directories "$path")
    end
    set -e lines[1]
    test (count $lines) -eq 0; or printf '%s\n' $lines
end
complete -c ballast -f -a '(__ballast_complete)'
)script";

}  // namespace

std::string_view completion_script(std::string_view shell) {
  return shell == "bash" ? bash : shell == "zsh" ? zsh : fish;
}

}  // namespace ballast
