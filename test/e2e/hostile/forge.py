"""Makes a red run look green, as far as a build can without ending well itself; only in a run's first attempt."""

import json
import os
import signal
import sys

run = "/run/yb"
job = json.load(open(run + "/job.json"))
if job["attempt"] > 1:
    print("forged nothing")
    sys.exit(1)

labels = ["//forged:t%06d" % number for number in range(60000)]


def event(name, label, **content):
    more = {"run": 1, "shard": 1, "attempt": 1} if name == "testResult" else {}
    return {"id": {name: {"label": label, "configuration": {"id": "c"}, **more}}, **content}


def result(label, path):
    files = [{"name": name, "uri": path} for name in ("test.log", "test.xml")]
    return event("testResult", label, testResult={"status": "FAILED", "testActionOutput": files})


# Where events lead: to secrets, out of the folder, and to what cannot be read. Named after all that the build script
# copies, so that it does not come upon them.
traps = {
    "//trap:secret": "file:///run/secrets/yb/upload.json",
    "//trap:environ": "file:///proc/self/environ",
    "//trap:out": "file:///vol/ob/bazel-out/k8/testlogs/../../../../run/secrets/yb/mask.json",
    "//trap:other": "file:///vol/ob/zz/bazel-out/k8/testlogs/zz/link/upload.json",
    "//trap:fifo": "file:///vol/ob/zz/bazel-out/k8/testlogs/zz/fifo",
    "//trap:holes": "file:///vol/ob/zz/bazel-out/k8/testlogs/zz/holes",
    "//trap:folder": "file:///vol/ob/zz/bazel-out/k8/testlogs/zz/folder",
}
os.makedirs(run + "/testlogs/zz/folder")
os.symlink("/run/secrets/yb", run + "/testlogs/zz/link")
os.mkfifo(run + "/testlogs/zz/fifo")
with open(run + "/testlogs/zz/holes", "wb") as file:
    file.truncate(1024**4)

with open(run + "/forged.ndjson", "w") as file:
    write = lambda value: file.write(json.dumps(value, separators=(",", ":")) + "\n")
    write({"id": {"started": {}}, "started": {"uuid": "forged", "buildToolVersion": "9.9.9", "command": "test"}})
    for label in [*traps, *labels]:
        write(event("targetConfigured", label, configured={"targetKind": "sh_test rule"}))
    for label, uri in traps.items():
        write(result(label, uri))
    for number in range(900):
        write(result("//trap:many", "file:///vol/ob/aa/bazel-out/k8/testlogs/aa/%03d/test.log" % number))
    for label in [*traps, *labels]:
        write(event("testSummary", label, testSummary={"overallStatus": "PASSED", "runCount": 1}))
    file.write('{"id":{"progress":{}},"progress":{"stderr":"' + "x" * 12_000_000 + '"}}\n')
    file.write("[" * 100_000 + "\n")
    write({"id": {"buildFinished": {}}, "finished": {"exitCode": {"name": "SUCCESS", "code": 0}}, "lastMessage": True})
os.rename(run + "/forged.ndjson", run + "/bep.ndjson")

# Another attempt, another run, another epoch.
job.update(runId="f" * 26, attempt=7, epoch=job["epoch"] + 100)
with open(run + "/job.json", "w") as file:
    json.dump(job, file)
# The last word. A folder where the build script wants to write its own keeps it from replacing this one.
os.mkdir(run + "/exit.new")
with open(run + "/exit", "w") as file:
    times = {"startedAt": "2026-01-01T00:00:00Z", "finishedAt": "2026-01-01T00:00:01Z"}
    json.dump({"v": 1, "exitCode": 0, "repairs": [], "oomKills": 0, "toolchain": "9.9.9", **times}, file)
print("forged events, job and exit", flush=True)
with open(run + "/log", "a") as file:
    file.write("forged events, job and exit\n")

# Bazel is not to tell what became of this test: all but the first process, which nobody in here can kill, and this one.
for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
    if pid not in (1, os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
