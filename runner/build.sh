#!/bin/sh
# Runs Bazel over a volume that checkout prepared: in any image that has a POSIX shell and Bazel.
# It is over 300 lines because it is the one file of ours that such an image is given.
#
# YB_BUILD_DIR  the volume's part for the build: src/ and Bazel's folders
# YB_RUN_DIR  this run's folder: bin/parameters is read; log, bep.ndjson, profile.gz, testlogs/ and at last exit are written
# YB_SHM_DIR  a folder in memory for sandboxes, if there is one
# YB_SECRET_DIR  a folder with a file for each of the repository's own secrets, if it has any
# An image may set YB_BAZEL (the program; else bazel or bazelisk on its PATH) and YB_PATH (else the usual folders).
# Exits with Bazel's own code, or 90 if the volume is busy, 91 if there is no Bazel that the repository can use.
set -u
umask 022

# Bazel shall see a few variables and no others: they decide what its caches hold, and it writes all of them into its
# events. PATH is part of every action's key, so it is the same in each run.
if [ "${YB_CLEAN:-}" != yes ]; then
  # The image's own PATH says where its Bazel is; actions do not see that PATH.
  [ -n "${YB_BAZEL:-}" ] || YB_BAZEL=$(command -v bazel || command -v bazelisk)
  exec env -i YB_CLEAN=yes YB_BUILD_DIR="$YB_BUILD_DIR" YB_RUN_DIR="$YB_RUN_DIR" YB_SHM_DIR="${YB_SHM_DIR:-}" \
    YB_SECRET_DIR="${YB_SECRET_DIR:-}" \
    YB_BAZEL="${YB_BAZEL:-}" YB_TERMINATION_FILE="${YB_TERMINATION_FILE:-/dev/termination-log}" \
    PATH="${YB_PATH:-/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin}" \
    HOME="$YB_RUN_DIR/home" XDG_CACHE_HOME="$YB_BUILD_DIR/cache" USER=build LOGNAME=build LANG=C.UTF-8 CI=true \
    ${JAVA_HOME:+"JAVA_HOME=$JAVA_HOME"} ${ANDROID_HOME:+"ANDROID_HOME=$ANDROID_HOME"} \
    ${CC:+"CC=$CC"} ${CXX:+"CXX=$CXX"} ${SSL_CERT_FILE:+"SSL_CERT_FILE=$SSL_CERT_FILE"} \
    ${USE_BAZEL_VERSION:+"USE_BAZEL_VERSION=$USE_BAZEL_VERSION"} \
    ${BAZELISK_BASE_URL:+"BAZELISK_BASE_URL=$BAZELISK_BASE_URL"} \
    sh "$0"
fi

vol=$YB_BUILD_DIR run=$YB_RUN_DIR shm=$YB_SHM_DIR secrets=$YB_SECRET_DIR bazel=$YB_BAZEL termination=$YB_TERMINATION_FILE
unset YB_CLEAN YB_BUILD_DIR YB_RUN_DIR YB_SHM_DIR YB_SECRET_DIR YB_BAZEL YB_TERMINATION_FILE

now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
say() { printf 'yb: %s\n' "$*" >&3; }
pause() { sleep 0.2 2>/dev/null || sleep 1; }

started=$(now)
repairs='' toolchain='' stopped=no forced=no
# How often the kernel has killed something of this container at its memory limit, by either version of cgroups.
oom_kills() {
  sed -n 's/^oom_kill //p' /sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control 2>/dev/null | head -n 1
}
kills_before=$(oom_kills)
# Seconds of Bazel between the request to end and the end by force: five times `pause` each.
grace=10

# ---- Parameters: one `name=value` a line, written by checkout.
holder='' commit='' ref='' date='' flaky=1 disk=0 log_limit='' cpus='' memory=''
while IFS= read -r line; do
  value=${line#*=}
  case $line in
    holder=*) holder=$value ;;
    commit=*) commit=$value ;;
    ref=*) ref=$value ;;
    date=*) date=$value ;;
    flaky=*) flaky=$value ;;
    disk=*) disk=$value ;;
    log=*) log_limit=$value ;;
    cpus=*) cpus=$value ;;
    memory=*) memory=$value ;;
    repair=*) repairs="$repairs${repairs:+,}{\"exitCode\":0,\"action\":\"$value\"}" ;;
    env=*) export "${value?}" ;;
  esac
done <"$run/bin/parameters"
# The repository's own secrets, to the byte: a shell takes line ends off what it reads, so one more byte stands behind. The
# value is in the environment alone; what Bazel is told, and writes into its events, is the name.
secret_names=''
if [ -d "$secrets" ]; then
  for file in "$secrets"/*; do
    [ -f "$file" ] || continue
    value=$(cat "$file" && printf x) || continue
    export "${file##*/}=${value%x}"
    secret_names="$secret_names ${file##*/}"
  done
  unset value
fi
export YB_COMMIT="$commit" YB_REF="$ref" YB_COMMIT_DATE="$date"

# ---- Output: for the courier alone, which masks it; the container's own log stays on the node when the Pod is gone. What writes it
# survives the signals that end a build, and ends itself where the log grows beyond its limit: Bazel then has nobody to write to,
# and stops.
rm -f "$run/bin/output"
mkfifo "$run/bin/output"
(
  trap '' TERM INT HUP
  [ -z "$log_limit" ] || ulimit -f "$((log_limit / 512 + 2048))" # blocks of 512 bytes
  exec cat >>"$run/log"
) <"$run/bin/output" &
output=$!
echo "yb: the log is with the run"
exec 3>"$run/bin/output"
trap 'stopped=yes' TERM INT
trap : PIPE

# finish CODE [MESSAGE]: the last words, in an order in which a reader who sees `exit` can have all the rest.
finish() {
  [ $# -lt 2 ] || say "$2"
  exec 3>&-
  [ "$stopped" = yes ] || wait "$output"
  # A signal ends the waiting early; and something that was left behind may hold the pipe for ever.
  await_end "$output" || kill -KILL "$output"
  [ -z "$toolchain" ] && version=null || version="\"$toolchain\""
  kills=$(oom_kills)
  printf '{"v":1,"exitCode":%d,"oomKills":%d,"repairs":[%s],"startedAt":"%s","finishedAt":"%s","toolchain":%s}\n' \
    "$1" "$((${kills:-0} - ${kills_before:-0}))" "$repairs" "$started" "$(now)" "$version" >"$run/exit.new"
  mv "$run/exit.new" "$run/exit"
  [ $# -lt 2 ] || printf '{"code":%d,"message":"%s"}\n' "$1" "$2" 2>/dev/null >"$termination" || :
  exit "$1"
}

# ---- Processes.
# await_end PID: whether it ends within the grace.
await_end() {
  pauses=0
  while kill -0 "$1" 2>/dev/null; do
    [ "$pauses" -lt $((grace * 5)) ] || return 1
    pauses=$((pauses + 1))
    pause
  done
}

# attend COMMAND…: runs it so that a signal to this script is heard at once; its exit code is left in `code`.
attend() {
  code=143
  [ "$stopped" = no ] || return 0
  "$@" &
  client=$!
  wait "$client"
  code=$?
  [ "$stopped" = yes ] || return 0
  kill -TERM "$client" 2>/dev/null || return 0
  # A server that is stuck keeps its client for ever.
  await_end "$client" || { forced=yes && kill -KILL "$client"; }
  wait "$client"
  code=$?
}

# These become Bazel: to be started in a process of their own.
# shellcheck disable=SC2317 # called by `attend`
bazel_version() { exec "$bazel" --version; }
bazel_command() {
  # A server that serves one command does not earn back what optimising its own code costs: without that, a run in which
  # nothing is stale takes half the processor time.
  exec "$bazel" --nohome_rc --max_idle_secs=60 --output_user_root="$vol/out" --output_base="$vol/ob" \
    --host_jvm_args=-XX:+IgnoreUnrecognizedVMOptions --host_jvm_args=-XX:TieredStopAtLevel=1 "$@"
}

# Whether the process is this volume's server: the file that names it may be older than the process of that number.
is_server() {
  if [ -r "/proc/$1/cmdline" ]; then
    tr '\0' '\n' <"/proc/$1/cmdline" | grep -qxF -e "--output_base=$vol/ob"
  else
    ps -o args= -p "$1" 2>/dev/null | grep -qF -e "--output_base=$vol/ob"
  fi
}

kill_server() {
  server=$(cat "$vol/ob/server/server.pid.txt" 2>/dev/null) || return 0
  case $server in '' | *[!0-9]*) return 0 ;; esac
  pauses=0
  while is_server "$server" && [ "$pauses" -lt 25 ]; do
    kill -KILL "$server" 2>/dev/null || return 0
    pauses=$((pauses + 1))
    pause
  done
}

shut_down() {
  if [ "$forced" = no ]; then
    bazel_command shutdown >/dev/null 2>&1 3>&- &
    client=$!
    await_end "$client" || kill -KILL "$client"
  fi
  kill_server
}

# ---- Repairs: each kind once, then the exit code stands.
is_full() {
  df -Pk "$vol" | awk 'NR == 2 { low = $4 < 262144 } END { exit !low }' && return 0
  df -Pi "$vol" 2>/dev/null | awk 'NR == 2 && $2 ~ /^[1-9]/ { low = $4 < 10000 } END { exit !low }'
}

remove() {
  chmod -R u+w "$1" 2>/dev/null
  rm -rf "$1"
}

# repair CODE: whether another try makes sense; what is needed for it is done then.
out_of_memory=0 broken=0 crashed=0 evicted=0
repair() {
  case $1 in
    33) out_of_memory=$((out_of_memory + 1)) times=$out_of_memory ;;
    36) broken=$((broken + 1)) times=$broken ;;
    37) crashed=$((crashed + 1)) times=$crashed ;;
    39) evicted=$((evicted + 1)) times=$evicted ;;
    *) return 1 ;;
  esac
  case $1-$times in
    33-1 | 37-1 | 39-1) action=retried ;;
    36-1) if is_full; then action=space-freed; else action=install-base-removed; fi ;;
    37-2) action='output-base-removed' ;;
    *) return 1 ;;
  esac
  case $1 in 33 | 37) tail -n 40 "$vol/ob/server/jvm.out" >&3 2>/dev/null ;; esac
  kill_server
  case $action in
    space-freed) remove "$vol/disk" ;;
    install-base-removed) remove "$vol/out/install" ;;
    output-base-removed) remove "$vol/ob" ;;
  esac
  say "Bazel ended with code $1: $action, and once more"
  repairs="$repairs${repairs:+,}{\"exitCode\":$1,\"action\":\"$action\"}"
}

# ---- After the tests.
# Of file URIs, in which what a URI may not hold stands as %XX.
decoded() {
  LC_ALL=C awk '
    BEGIN { for (byte = 1; byte < 256; byte++) bytes[sprintf("%02X", byte)] = sprintf("%c", byte) }
    {
      path = ""
      while (match($0, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
        path = path substr($0, 1, RSTART - 1) bytes[toupper(substr($0, RSTART + 1, 2))]
        $0 = substr($0, RSTART + 3)
      }
      print path $0
    }'
}

# What attempts that did not pass and actions that failed have said, as the events name it: the next run writes over it.
keep_logs() {
  grep -E '^\{"id":\{"(testResult|actionCompleted)"' "$run/bep.ndjson" 2>/dev/null | grep -v '"status":"PASSED"' |
    tr '"' '\n' | sed -n -e 's|^file://\(/.*/bazel-out/[^/]*/testlogs/.*\)$|\1|p' \
    -e 's|^file://\(/.*/bazel-out/_tmp/actions/std[a-z]*-[0-9]*\)$|\1|p' | sort -u | head -n 800 | decoded |
    while IFS= read -r file; do
      case $file in
        */bazel-out/_tmp/actions/*) copy=$run/actions/${file##*/} ;;
        *) copy=$run/testlogs/${file#*/bazel-out/*/testlogs/} ;;
      esac
      mkdir -p "${copy%/*}" && tail -c 4194304 "$file" >"$copy"
    done 2>/dev/null
}

# Keeps what was used last, by whichever of access and change is later: old Bazels do not touch what they read, and new
# ones collect only while a server idles, which it does not here. Bazel names its entries by digests: what has another name
# is none, and would not be read back as one.
collect_disk_cache() {
  cd "$vol/disk" 2>/dev/null || return 0
  LC_ALL=C find . ! -name . -name '*[!0-9A-Za-z._+-]*' -prune -exec rm -rf {} +
  if stat -c %s . >/dev/null 2>&1; then set -- -c '%X %Y %s %n'; else set -- -f '%a %m %z %N'; fi
  find . -type f -exec stat "$@" {} + >"$run/bin/disk" 2>/dev/null
  excess=$(awk -v budget="$disk" '{ sum += $3 } END { printf "%.0f", (sum - budget) / 1024 }' "$run/bin/disk")
  [ "$excess" -gt 0 ] || return 0
  awk '{ print ($1 > $2 ? $1 : $2), $3, $4 }' "$run/bin/disk" | sort -n |
    awk -v excess="$excess" 'freed < excess { print $3; freed += $2 / 1024 }' | xargs rm -f
  say "the disk cache was $excess KiB over its budget: the oldest entries are gone"
}

# ---- The run.
# One writer a volume: for as long as this script lives, and any server that it could not end.
if command -v flock >/dev/null; then
  exec 9>>"$vol/lock"
  flock -n 9 || finish 90 'Another process still writes to the volume.'
fi
# A checkout of a later attempt has been here since ours.
seen=$(cat "$vol/holder" 2>/dev/null)
[ "$seen" = "$holder" ] || finish 90 'The volume has been given to another attempt.'

mkdir -p "$HOME" "$vol/out" "$vol/disk" "$vol/repos" "$vol/cache" "$run/testlogs"
cd "$vol/src" || finish 91 'There is no work tree.'

[ -n "$bazel" ] || finish 91 'The build image has no Bazel on its PATH.'
wanted=${USE_BAZEL_VERSION:-}
[ -n "$wanted" ] || wanted=$(sed -n '/^ *[^# ]/{s/[[:space:]]//g;p;q;}' .bazelversion 2>/dev/null | tr -cd '0-9A-Za-z.+_/:-')
attend bazel_version >"$run/bin/version" 2>&3 3>&-
toolchain=$(sed -n 's/^[Bb]azel \([0-9A-Za-z.+_-]*\).*/\1/p' "$run/bin/version" | head -n 1)
if [ "$code" -ne 0 ] && [ "$stopped" = no ]; then
  [ -n "$wanted" ] || finish 91 'The Bazel of the build image does not run.'
  finish 91 "The repository asks for Bazel $wanted, which cannot be had in the build image."
fi
case $wanted in
  [0-9]*.[0-9]*.[0-9]*)
    # bazelisk brings what is asked for; a Bazel of its own does not look.
    case $toolchain in
      "$wanted"*) ;;
      *) finish 91 "The repository asks for Bazel $wanted, and the build image has $toolchain." ;;
    esac
    ;;
esac

# What a commit may change, its own flags, and then what it may not: the last one of a flag counts.
set -- --keep_going --build_tests_only --test_output=errors --verbose_failures --show_progress_rate_limit=5 \
  "--flaky_test_attempts=$flaky"
# Bazel plans with the machine's processors and memory, of which the container has a part.
if [ -n "$cpus" ] && [ -n "$memory" ]; then
  case $toolchain in
    7.[1-9]* | [89].* | [1-9][0-9]*.*)
      set -- "$@" "--local_resources=cpu=$cpus" "--local_resources=memory=$((memory * 2 / 3))"
      ;;
    # Also one that was built without a version, such as Debian's.
    *) set -- "$@" "--local_cpu_resources=$cpus" "--local_ram_resources=$((memory * 2 / 3))" ;;
  esac
fi
while IFS= read -r line; do
  case $line in flag=*) set -- "$@" "${line#*=}" ;; esac
done <"$run/bin/parameters"
for name in $secret_names; do set -- "$@" "--test_env=$name"; done
[ ! -w "$shm" ] || [ ! -d "$shm" ] || set -- "$@" "--sandbox_base=$shm"

cat >"$run/bin/status" <<'END'
#!/bin/sh
# All of them volatile: a new commit alone makes nothing stale.
echo "BUILD_SCM_REVISION $YB_COMMIT"
echo "BUILD_SCM_BRANCH $YB_REF"
echo "BUILD_SCM_STATUS Clean"
echo "COMMIT_DATE $YB_COMMIT_DATE"
END
chmod +x "$run/bin/status"
set -- "$@" --curses=no --color=yes --symlink_prefix=/ --local_termination_grace_seconds=5 \
  "--disk_cache=$vol/disk" "--repository_cache=$vol/repos" "--workspace_status_command=$run/bin/status" \
  "--build_event_json_file=$run/bep.ndjson" "--profile=$run/profile.gz" --
while IFS= read -r line; do
  case $line in target=*) set -- "$@" "${line#*=}" ;; esac
done <"$run/bin/parameters"

say "Bazel $toolchain"
while :; do
  # Events of an earlier try would be read as this one's: a Bazel that refuses its flags writes none.
  rm -f "$run/bep.ndjson" "$run/profile.gz"
  attend bazel_command test "$@" >&3 2>&1 3>&-
  [ "$stopped" = no ] || break
  repair "$code" || break
done
[ "$stopped" = no ] || say 'stopped on request'

keep_logs
shut_down
[ "$stopped" = yes ] || collect_disk_cache
finish "$code"
