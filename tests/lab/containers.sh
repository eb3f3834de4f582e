# Containers of the image that tests/container/run has built, each with its host's network: what `docker run --network host` does,
# by the same kind of runtime.
# shellcheck shell=bash
declare -A lab_container_pid=()

# mount_image: before the hosts are made, which share it.
mount_image() {
  modprobe -qa loop ext4 || true
  mkdir -p "$LAB_RUN/image"
  mount -o loop,ro "$LAB_IMAGE/image.ext4" "$LAB_RUN/image"
}

# What of a container differs from host to host.
lab_container='
  .root = {path: $root, readonly: true} | .process.args = $arguments |
  .mounts += ([["manifests", "/etc/ballast", "ro"], ["state", "/run/ballast", "rw"], ["cache", "/var/lib/ballast", "rw"]] |
    map({destination: .[1], source: "\($directory)/\(.[0])", type: "bind", options: ["bind", .[2], "nosuid", "nodev"]}))'

# make_container HOST CHANGES ARGUMENT...: what the runtime is told; CHANGES is a jq filter of it. The manifests are in
# hosts/HOST/manifests.
make_container() {
  local host=$1 directory=$LAB_RUN/hosts/$1 changes=$2 arguments
  if [[ ! -d $directory/bundle ]]; then
    mkdir -p "$directory"/{manifests,state,cache,bundle}
    chown 65532:65532 "$directory"/{state,cache}
  fi
  on "$host" mountpoint -q /sys/fs/cgroup || on "$host" mount -t cgroup2 cgroup /sys/fs/cgroup
  arguments=$(printf ',"%s"' "${@:3}")
  jq --argjson arguments "[${arguments:1}]" --arg root "$LAB_RUN/image" --arg directory "$directory" "$lab_container | $changes" \
    "$LAB_IMAGE/config.json" >"$directory/bundle/config.json"
}

lab_crun() { on "$1" crun --cgroup-manager=disabled "${@:2}"; }

# run_container HOST CHANGES [ARGUMENT...]: in the background, with the image's own command if there are no arguments; its log is
# hosts/HOST/log/container.log.
run_container() {
  local host=$1 changes=$2 arguments=("${@:3}")
  if ((${#arguments[@]} == 0)); then mapfile -t arguments < <(jq -r '(.Entrypoint + .Cmd)[]' "$LAB_IMAGE/image.json"); fi
  make_container "$host" "$changes" "${arguments[@]}"
  lab_become "$host" crun --cgroup-manager=disabled run --bundle "$LAB_RUN/hosts/$host/bundle" "$host" \
    >>"$LAB_RUN/hosts/$host/log/container.log" 2>&1 &
  lab_container_pid[$host]=$!
}

# try_container HOST CHANGES ARGUMENT...: until its end.
try_container() {
  make_container "$@"
  lab_crun "$1" run --bundle "$LAB_RUN/hosts/$1/bundle" "$1"
}

# in_container HOST COMMAND...: beside what runs in it, as the same user.
in_container() {
  lab_crun "$1" exec --user "$(jq -r '.process.user | "\(.uid):\(.gid)"' "$LAB_RUN/hosts/$1/bundle/config.json")" "$1" "${@:2}"
}

# The image's HEALTHCHECK, as an engine asks it.
is_healthy() {
  local check
  mapfile -t check < <(jq -r '.Healthcheck.Test[1:][]' "$LAB_IMAGE/image.json")
  in_container "$1" "${check[@]}"
}

# stop_container HOST [SIGNAL]: and waits for its end; its exit status is $container_status.
stop_container() {
  lab_crun "$1" kill "$1" "${2-TERM}"
  container_status=0
  wait "${lab_container_pid[$1]}" || container_status=$?
}
