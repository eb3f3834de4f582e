# What an engine tells its runtime of a container with the host's network, all capabilities dropped and these two added: the
# runtime's own example, the image's settings, and the engines' usual filter of system calls.
["CAP_NET_ADMIN", "CAP_NET_RAW"] as $capabilities |
$images[0] as $image |
def among($wanted): ($wanted // []) | all(IN($capabilities[]));
.process.terminal = false |
.process.env = $image.Env |
.process.cwd = "/" |
.process.noNewPrivileges = false |
.process.user = ($image.User | split(":") | {uid: (.[0] | tonumber), gid: (.[1] | tonumber)}) |
# As Docker does for a user that is not root: they only bound what a file's capabilities may give.
.process.capabilities = {bounding: $capabilities, permitted: [], effective: []} |
.linux.namespaces |= map(select(.type | IN("network", "uts", "cgroup") | not)) |
del(.hostname) |
.mounts |= map(select(.type != "cgroup")) |
.linux.seccomp = ($profiles[0] | {
  defaultAction, defaultErrnoRet,
  syscalls: [.syscalls[] |
    select(among(.includes.caps) and ((.includes.arches // ["amd64"]) | index("amd64") != null) and
      ((.excludes.caps // []) | any(IN($capabilities[])) | not) and ((.excludes.arches // []) | index("amd64") == null)) |
    {names, action} + (if .errnoRet then {errnoRet} else {} end) + (if (.args // []) == [] then {} else {args} end)]})
