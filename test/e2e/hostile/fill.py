"""Takes the node's disk, beside the volume, until it is stopped; only in a run's first attempt."""

import json
import os
import time

if json.load(open("/run/yb/job.json"))["attempt"] == 1:
    with open("/run/yb/log", "a") as log:
        log.write("filling the disk of the node\n")
    with open("/tmp/full", "wb") as file:
        os.posix_fallocate(file.fileno(), 0, 3 * 1024**3)
    time.sleep(600)
