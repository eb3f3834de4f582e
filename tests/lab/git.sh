# Git repositories of manifests: $repository is the bare one that nodes follow, $work the clone in which commits are made.
# shellcheck shell=bash

# make_repository NAME: bare, and as plain web servers need it, too.
make_repository() {
  repository=$LAB_RUN/git/$1.git work=$LAB_RUN/git/$1
  export GIT_AUTHOR_NAME="Jane Doe" GIT_AUTHOR_EMAIL=jane@example.net
  export GIT_COMMITTER_NAME=$GIT_AUTHOR_NAME GIT_COMMITTER_EMAIL=$GIT_AUTHOR_EMAIL
  export HOME=$LAB_RUN/home
  mkdir -p "$LAB_RUN/git" "$HOME"
  git init --quiet --bare --initial-branch=main "$repository"
  git clone --quiet "$repository" "$work" 2>/dev/null
  git -C "$work" checkout --quiet -B main
}

# commit SUBJECT [GIT-COMMIT OPTION...]: everything in $work; pushes it. The revision, as Ballast shows it, is in $revision.
commit() {
  git -C "$work" add --all
  git -C "$work" commit --quiet --allow-empty --message "$1" "${@:2}"
  git -C "$work" push --quiet --force origin main
  git -C "$repository" update-server-info
  revision=$(git -C "$work" rev-parse --short=12 HEAD)
}

# run_git HOST URL [OPTION...]: `ballast run --git`, looking each second, or each $lab_git_interval; log and cache are the host's.
run_git() {
  lab_become "$1" "$BALLAST" run --git "$2" --interval "${lab_git_interval-1s}" --cache-dir "$LAB_RUN/hosts/$1/cache" "${@:3}" \
    >>"$LAB_RUN/hosts/$1/log/run.log" 2>&1 &
  lab_node_pid[$1]=$!
}

# status_of HOST JQ-FILTER: what `ballast status -o json` says, whatever its exit status.
status_of() { { on "$1" "$BALLAST" status -o json || true; } | jq -r "$2"; }
# status_has HOST JQ-CONDITION: false where no controller answers.
status_has() {
  local answer
  answer=$(on "$1" "$BALLAST" status -o json || true)
  [[ -n $answer ]] && jq -e "$2" <<<"$answer" >/dev/null
}
in_force() { status_has "$1" ".manifest.revision == \"$2\" and .eligible"; }
# await_revision HOST REVISION: in force and applied.
await_revision() { lab_poll=0.2 wait_until 40 "$2 to be in force on $1" in_force "$1" "$2"; }
