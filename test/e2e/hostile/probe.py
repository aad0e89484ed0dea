"""Tries to get out of the build's container, and says of each attempt what came back: `probe NAME = OUTCOME`.

It runs as a test of a pushed commit. `targets.json` beside it names what a build would have to guess otherwise.
"""

import concurrent.futures
import ctypes
import errno
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import urllib.error
import urllib.request

libc = ctypes.CDLL(None, use_errno=True)
targets = json.load(open("/vol/src/hostile/targets.json"))
probes = {}


def probe(name):
    def add(function):
        probes[name] = function
        return function

    return add


def name_of(error):
    return errno.errorcode.get(error, str(error))


def tried(function):
    """What came of it: the error's name, or what was got. Never the content itself: a log's masks could hide it."""
    try:
        got = function()
    except TimeoutError:
        return "timeout"
    except urllib.error.HTTPError as error:
        return "http %d" % error.code
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            return "timeout"
        return name_of(error.reason.errno) if isinstance(error.reason, OSError) else str(error.reason)
    except OSError as error:
        return name_of(error.errno) if error.errno else str(error)
    return "GOT %s" % (got,)


def size_of(path):
    with open(path, "rb") as file:
        return "%d bytes" % len(file.read(4096))


def written(path, flags=os.O_WRONLY, content=b"1"):
    file = os.open(path, flags)
    try:
        return "%d bytes written" % os.write(file, content)
    finally:
        os.close(file)


# Those for which the C library has no function, on x86-64 and on 64-bit ARM.
numbers = {"pivot_root": (155, 41), "keyctl": (250, 219), "init_module": (175, 105), "bpf": (321, 280), "open_by_handle_at": (304, 265)}


def call(function, *arguments):
    if function in numbers:
        arguments = (numbers[function][os.uname().machine == "aarch64"], *arguments)
        function = "syscall"
    if getattr(libc, function)(*arguments) == -1:
        raise OSError(ctypes.get_errno(), "")
    return "0"


def processes():
    return sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


# ---- Files that another container has.

for path in [
    "/run/secrets/yb/token",
    "/run/secrets/yb/upload.json",
    "/run/secrets/yb/mask.json",
    "/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "/var/lib/yb/state",
    "/app/courier.mjs",
    "/volume/trusted/epoch",
    "/volume/trusted/mirror.git/HEAD",
    "/volume/build/holder",
    "/vol/../trusted/epoch",
    "/vol/../volume/trusted/epoch",
    "/vol/src/../../../trusted/epoch",
    "/proc/1/root/volume/trusted/epoch",
    "/proc/1/root/run/secrets/yb/token",
    "/proc/1/root/app/courier.mjs",
    "/proc/1/cwd/../../trusted/epoch",
    "/vol/src/hostile/committed-epoch",
    "/vol/src/hostile/committed-token",
    "/vol/src/hostile/committed-folder/epoch",
]:
    probes["read " + path] = lambda path=path: tried(lambda: size_of(path))


@probe("secrets folder")
def _():
    return ",".join(name for name in sorted(os.listdir("/run/secrets/yb")) if not name.startswith(".."))


@probe("link to trusted")
def _():
    os.symlink("../trusted", "/vol/escape")
    try:
        return tried(lambda: size_of("/vol/escape/epoch"))
    finally:
        os.unlink("/vol/escape")


@probe("openat from the mount")
def _():
    folder = os.open("/vol", os.O_RDONLY)
    return tried(lambda: os.open("../trusted/epoch", os.O_RDONLY, dir_fd=folder))


@probe("hard link to trusted")
def _():
    return tried(lambda: os.link("/volume/trusted/epoch", "/vol/escape"))


@probe("hard link between mounts")
def _():
    return tried(lambda: os.link("/run/yb/job.json", "/vol/escape"))


def mount_of(path):
    for line in open("/proc/self/mountinfo"):
        fields = line.split()
        if fields[4] == path:
            return fields[2], fields[3]
    raise OSError(errno.ENOENT, path)


@probe("path of mountinfo")
def _():
    _, root = mount_of("/vol")
    assert root.endswith("/build"), root
    return tried(lambda: size_of(os.path.dirname(root) + "/trusted/epoch"))


@probe("device of mountinfo")
def _():
    major, minor = (int(part) for part in mount_of("/vol")[0].split(":"))
    return tried(lambda: os.mknod("/tmp/disk", 0o60600, os.makedev(major, minor)))


@probe("rename the mount")
def _():
    return tried(lambda: os.rename("/vol", "/tmp/vol"))


# ---- Other processes.


@probe("environments")
def _():
    read, found = 0, set()
    for pid in processes():
        try:
            text = open("/proc/%d/environ" % pid, "rb").read().decode("latin-1")
        except OSError:
            continue
        read += 1
        names = [entry.split("=", 1)[0] for entry in text.split("\0")]
        found.update(name for name in names if re.match(r"YB_SPEC|YB_VOLUME|YB_STATE|KUBERNETES_|GIT_|.*TOKEN(?<!API_TOKEN)", name))
    return "%s read, found %s" % ("some" if read > 2 else read, ",".join(sorted(found)) or "nothing")


def is_foreign(pid):
    """Whether a process lives among the files of another container; one that hides that does."""
    try:
        return os.readlink("/proc/%d/ns/mnt" % pid) != os.readlink("/proc/self/ns/mnt")
    except PermissionError:
        return True
    except OSError:
        return False


@probe("processes of others")
def _():
    found = []
    for pid in processes():
        try:
            command = open("/proc/%d/cmdline" % pid, "rb").read()
        except OSError:
            continue
        if is_foreign(pid) or re.search(rb"/app/|courier|checkout|/pause", command):
            found.append(pid)
    return "found %s" % (found or "nothing")


@probe("hidden processes")
def _():
    found = []
    seen = set(processes())
    for pid in range(1, 32768):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            continue
        except PermissionError:
            found.append(pid)
            continue
        # A thread is no process of its own; another process may have come meanwhile.
        if pid not in seen and not os.path.exists("/proc/%d" % pid):
            found.append(pid)
    return "found %s" % (found or "nothing")


@probe("first process")
def _():
    return open("/proc/1/cmdline", "rb").read().decode().rstrip("\0").replace("\0", " ")


@probe("memory of others")
def _():
    found = []
    for pid in filter(is_foreign, range(1, 32768)):
        outcome = tried(lambda pid=pid: open("/proc/%d/mem" % pid, "rb").close())
        found.append("%d %s" % (pid, outcome))
    return "found %s" % (found or "nothing")


@probe("trace a process of another namespace")
def _():
    seen = set(processes())
    absent = next(pid for pid in range(30000, 2, -1) if pid not in seen)
    return tried(lambda: call("ptrace", 16, absent, 0, 0))


@probe("sockets of others")
def _():
    owned = set()
    for pid in processes():
        try:
            for name in os.listdir("/proc/%d/fd" % pid):
                owned.update(re.findall(r"socket:\[(\d+)\]", os.readlink("/proc/%d/fd/%s" % (pid, name))))
        except OSError:
            continue
    found = []
    for table in ["tcp", "tcp6"]:
        for line in open("/proc/net/" + table).readlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and fields[9] not in owned:
                found.append(fields[1])
    for line in open("/proc/net/unix").readlines()[1:]:
        fields = line.split()
        if len(fields) > 7 and int(fields[3], 16) & 0x10000 and fields[6] not in owned:
            found.append(fields[7])
    return "found %s" % (found or "nothing")


for path in ["/etc/hosts", "/etc/resolv.conf", "/etc/hostname", "/run/secrets/yb/planted"]:
    flags = os.O_WRONLY | (os.O_CREAT if "planted" in path else os.O_APPEND)
    probes["write " + path] = lambda path=path, flags=flags: tried(lambda: written(path, flags, b"10.0.0.1 evil\n"))


# ---- The kernel and its root.


@probe("status")
def _():
    fields = dict(line.rstrip("\n").split(":\t", 1) for line in open("/proc/self/status") if ":\t" in line)
    names = ["Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp"]
    return " ".join("%s=%s" % (name, fields[name].split("\t")[0].lstrip("0") or "0") for name in names)


def ran(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
    text = (done.stdout + done.stderr).decode("latin-1")
    return "exit %d%s" % (done.returncode, " AS ROOT" if re.search(r"uid=0|root [LP] ", text) else "")


for name, command in {
    "sudo": ["sudo", "-n", "id"],
    "su": ["su", "-c", "id"],
    "mount program": ["mount", "-t", "tmpfs", "none", "/mnt"],
    "unshare program": ["unshare", "-Ur", "id"],
}.items():
    probes[name] = lambda command=command: tried(lambda: ran(*command)).replace("GOT ", "")

for name, arguments in {
    "setuid": ["setuid", 0],
    "setgid": ["setgid", 0],
    "chroot": ["chroot", b"/vol"],
    "bind mount": ["mount", b"/vol", b"/mnt", None, 4096, None],
    "unmount": ["umount2", b"/vol", 2],
    "new user namespace": ["unshare", 0x10000000],
    "new mount namespace": ["unshare", 0x00020000],
    "pivot root": ["pivot_root", b"/vol", b"/vol"],
    "keyring": ["keyctl", 0, -3, 1],
    "load a module": ["init_module", b"", 0, b""],
    "bpf": ["bpf", 0, b"", 0],
    "open by handle": ["open_by_handle_at", -100, b"\0" * 64, 0],
}.items():
    probes[name] = lambda arguments=arguments: tried(lambda: call(*arguments))


@probe("namespace of the first process")
def _():
    file = os.open("/proc/1/ns/net", os.O_RDONLY)
    return tried(lambda: call("setns", file, 0))


@probe("character device")
def _():
    return tried(lambda: os.mknod("/tmp/mem", 0o20600, os.makedev(1, 1)))


for path in ["/dev/mem", "/dev/kmsg", "/dev/kvm", "/dev/fuse", "/proc/kcore", "/etc/shadow"]:
    probes["read " + path] = lambda path=path: tried(lambda: size_of(path))

for path in [
    "/proc/sys/kernel/core_pattern",
    "/proc/sys/kernel/ns_last_pid",
    "/proc/sysrq-trigger",
    "/sys/kernel/uevent_helper",
    "/sys/fs/cgroup/cgroup.procs",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
]:
    probes["write " + path] = lambda path=path: tried(lambda: written(path))

for name, arguments in {
    "packet socket": [socket.AF_PACKET, socket.SOCK_RAW],
    "raw socket": [socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP],
}.items():
    probes[name] = lambda arguments=arguments: tried(lambda: socket.socket(*arguments))


@probe("fill /dev/shm")
def _():
    megabytes, block = 0, b"\0" * 1024 * 1024
    try:
        with open("/dev/shm/full", "wb", buffering=0) as file:
            while megabytes < targets["shmMegabytes"] + 64:
                file.write(block)
                megabytes += 1
        return "GOT %d MiB" % megabytes
    except OSError as error:
        return "%s within %d MiB" % (name_of(error.errno), targets["shmMegabytes"])
    finally:
        os.unlink("/dev/shm/full")


# ---- The network. No proxy, no checks of certificates: whatever answers will do.

unverified = ssl.create_default_context()
unverified.check_hostname = False
unverified.verify_mode = ssl.CERT_NONE
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unverified))


def asked(url, method="GET", headers=(), data=None):
    request = urllib.request.Request(url, method=method, headers=dict(headers), data=data)
    with opener.open(request, timeout=4) as response:
        return "http %d" % response.status


def ask(name, *arguments, **more):
    probes[name] = lambda: tried(lambda: asked(*arguments, **more))


job = json.load(open("/run/yb/job.json"))
attempt = "run-%s-%d" % (job["runId"], job["attempt"])
namespace = targets["namespace"]
for base in targets["api"]:
    ask("api %s secret" % base, "%s/api/v1/namespaces/%s/secrets/%s" % (base, namespace, attempt))
    ask("api %s pods" % base, "%s/api/v1/namespaces/%s/pods" % (base, namespace))
ask("kubelet pods", targets["kubelet"] + "/pods")
ask("kubelet exec", "%s/run/%s/%s/courier?cmd=id" % (targets["kubelet"], namespace, attempt), method="POST", data=b"")
ask("metadata", "http://169.254.169.254/computeMetadata/v1/instance/service-accounts/default/token", headers={"Metadata-Flavor": "Google"})
ask("metadata behind its address", "http://169.254.169.252:988/computeMetadata/v1/", headers={"Metadata-Flavor": "Google"})
ask("metadata over IPv6", "http://[fd20:ce::254]/computeMetadata/v1/", headers={"Metadata-Flavor": "Google"})
ask("git without the token", targets["git"] + "/info/refs?service=git-upload-pack")
ask("read an object", "%s/%s/logs/%s/%d/build.log" % (targets["storage"], targets["bucket"], job["runId"], job["attempt"]))
ask("list objects", "%s/%s/" % (targets["storage"], targets["bucket"]))
ask("write a result", "%s/%s/signals/%s/%d/result.json" % (targets["storage"], targets["bucket"], job["runId"], job["attempt"]), method="PUT", data=b"{}")

with concurrent.futures.ThreadPoolExecutor(8) as pool:
    network = re.compile(r"api |kubelet|metadata|git |.* object|write a result")
    waiting = {name: pool.submit(run) for name, run in probes.items() if network.match(name)}
    for name, run in probes.items():
        try:
            outcome = waiting[name].result() if name in waiting else run()
        except Exception as error:  # What a probe did not foresee is an outcome too, and not a good one.
            outcome = "FAILED %r" % error
        print("probe %s = %s" % (name, outcome))
print("probes made: %d" % len(probes))
sys.exit(1)  # So that Bazel shows what was printed.
