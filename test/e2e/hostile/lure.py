"""Has everything that the courier reads lead to what it could read and the build could not: `lured WHAT`."""

import os
import socket
import sys

run = "/run/yb"


def lured(what, act):
    try:
        act()
        print("lured %s" % what)
    except OSError as error:
        print("lured %s: %s" % (what, error.strerror))


def link(path, to):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        os.rename(path, path + ".moved")
    os.symlink(to, path)


def sparse(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.truncate(1024**4)


tests = run + "/testlogs/hostile"
lured("log by a link to the reader's environment", lambda: link(run + "/log", "/proc/self/environ"))
lured("events by a link to a secret", lambda: link(run + "/bep.ndjson", "/run/secrets/yb/mask.json"))
lured("job.json by a link to a secret", lambda: link(run + "/job.json", "/run/secrets/yb/upload.json"))
lured("a test's log by a link to a secret", lambda: link(tests + "/listing/test.log", "/run/secrets/yb/upload.json"))
lured("a test's xml by a FIFO", lambda: os.mkfifo(tests + "/listing/test.xml"))
lured("a test's folder by a link", lambda: link(tests + "/lure", "/run/secrets/yb"))
lured("actions by a link", lambda: link(run + "/actions", "/proc/self"))
lured("the profile by a FIFO", lambda: (os.unlink(run + "/profile.gz"), os.mkfifo(run + "/profile.gz")))
lured("a terabyte of holes", lambda: sparse(tests + "/plant/test.log"))
lured("a socket", lambda: socket.socket(socket.AF_UNIX).bind(run + "/socket"))
lured("a device", lambda: os.mknod(run + "/device", 0o20666, os.makedev(1, 9)))
sys.exit(1)
