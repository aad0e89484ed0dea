"""Leaves on the volume what the next run's checkout and build shall stumble over: `planted WHAT`.

`plant.py tree` spoils the work tree, `plant.py link` has a link take its place.
"""

import os
import shutil
import sys

src = "/vol/src"


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def replace(path):
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)
    return path


def planted(what):
    print("planted %s" % what)


def spoil_tree():
    for place in [src + "/.git", src + "/data/.git", src + "/new/.git"]:
        write(place + "/HEAD", "ref: refs/heads/main\n")
        os.makedirs(place + "/objects")
        os.makedirs(place + "/refs")
        write(
            place + "/config",
            "[core]\n\tfsmonitor = touch /vol/evil-fsmonitor; false\n\thooksPath = hooks\n\tsshCommand = touch /vol/evil-ssh\n"
            '[filter "evil"]\n\tsmudge = touch /vol/evil-smudge\n\tclean = touch /vol/evil-clean\n\trequired = true\n'
            "[credential]\n\thelper = !touch /vol/evil-credential\n",
        )
        for hook in ["post-checkout", "post-index-change", "reference-transaction", "pre-auto-gc", "fsmonitor-watchman"]:
            write("%s/hooks/%s" % (place, hook), "#!/bin/sh\nenv >/vol/evil-hook\n", 0o755)
    planted("repositories with hooks and programs in the tree")
    os.mkfifo(replace(src + "/new/.git/HEAD"))
    write(src + "/new/.gitattributes", "* filter=evil\n")
    os.mkfifo(replace(src + "/.gitattributes"))
    os.mkfifo(replace(src + "/data/one.txt"))
    planted("FIFOs in the place of files")
    write(src + "/.yb.yaml", "targets: ['//nothing:here']\n")
    planted("another .yb.yaml")
    before = os.stat(src + "/data/two.txt")
    with open(src + "/data/two.txt", "r+") as file:
        file.write("TWO")
    os.utime(src + "/data/two.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    planted("another content of the same size and time")
    os.rename(src + "/linked", "/vol/elsewhere")
    os.symlink("../elsewhere", src + "/linked")
    planted("a link in the place of a folder")
    os.link(replace(src + "/data/three.txt") and src + "/data/two.txt", src + "/data/three.txt")
    planted("a hard link in the place of a file")
    closed = src + "/data/closed"
    for name in [b"--upload-pack=touch evil", b"-rf", b"new\nline", b"\xff\xfe"]:
        os.makedirs(os.path.join(os.fsencode(closed), name, name))
    folder = os.open(closed, os.O_RDONLY)
    for _ in range(40):
        os.mkdir("d" * 200, dir_fd=folder)
        folder = os.open("d" * 200, os.O_RDONLY, dir_fd=folder)
    os.chmod(closed, 0)
    planted("a closed folder of odd names, deeper than a path")
    for name in ["holder.new", "lock", "holder"]:
        write("/vol/" + name, "another attempt\n")
        os.chmod("/vol/" + name, 0)
    planted("closed files in the place of the volume's own")
    os.symlink("../trusted", replace("/vol/repos"))
    planted("a link to the trusted part in the place of a cache")
    write("/run/yb/planted", "")
    write("/run/yb/bin/evil.sh", "")
    for name in [".gitconfig", ".bazelrc", ".bashrc", ".netrc"]:
        write(os.path.join(os.environ.get("HOME", "/tmp"), name), "evil\n")
    planted("files in the run's folder and at home")


def link_tree():
    os.rename(src, "/vol/moved")
    os.symlink("../trusted", src)
    planted("a link to the trusted part in the place of the work tree")


{"tree": spoil_tree, "link": link_tree}[sys.argv[1]]()
sys.exit(1)
