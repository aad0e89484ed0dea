"""Says what is in the work tree, as git would: `tree MODE BLOB NAME`, the name in hexadecimal; and what has run."""

import hashlib
import os
import stat
import sys

root = b"/vol/src"
for folder, folders, files in os.walk(root):
    for name in folders + files:
        path = os.path.join(folder, name)
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            if os.listdir(path):
                continue
            kind, content = "empty", b""
        elif stat.S_ISLNK(mode):
            kind, content = "120000", os.readlink(path)
        elif stat.S_ISREG(mode):
            kind = "100755" if mode & 0o100 else "100644"
            with open(path, "rb") as file:
                content = file.read()
        else:
            kind, content = "odd", b""
        blob = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        print("tree %s %s %s" % (kind, blob, os.path.relpath(path, root).hex()))
# Whatever was planted leaves a file of this name where it runs: in reach of builds, or of the checkout.
for folder in [b"/vol", b"/vol/src", b"/run/yb", b"/run/yb/bin", b"/tmp"]:
    print("ran in %s: %s" % (folder.decode(), [name for name in os.listdir(folder) if name.startswith(b"evil")]))
print("planted in the run's folder: %s" % os.path.exists("/run/yb/planted"))
sys.exit(1)
