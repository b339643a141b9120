"""Runs a command and prints wall seconds, CPU seconds of it and all it waited for, and the resident bytes of the largest."""

import json
import resource
import subprocess
import sys
import time

start = time.perf_counter()
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
wall = time.perf_counter() - start
if done.returncode != 0:
    sys.exit(f"{sys.argv[1:]} exited with {done.returncode}: {done.stderr.decode()[-2000:]}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(
    json.dumps(
        {
            "wallSeconds": wall,
            "cpuSeconds": used.ru_utime + used.ru_stime,
            "maxRssBytes": used.ru_maxrss * 1024,
        }
    )
)
