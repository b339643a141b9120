"""Which repositories dvc can load: reads a list of {file: text} from stdin, prints why it cannot, or null, for each."""

import json
import os
import subprocess
import sys

# dvc talks on the standard output.
answer = os.dup(1)
os.dup2(2, 1)

from dvc.repo import Repo

os.chdir(sys.argv[1])
subprocess.run(["git", "init", "-q"], check=True)
Repo.init(".").close()
repo = Repo(".")
reasons = []
for files in json.load(sys.stdin):
    for name, text in files.items():
        with open(name, "w", encoding="utf-8") as file:
            file.write(text)
    try:
        repo._reset()
        repo.index.check_graph()
        reasons.append(None)
    except Exception as error:
        reasons.append(f"{type(error).__name__}: {error} {error.__cause__ or ''}")
    for name in files:
        os.remove(name)
with open(answer, "w", encoding="utf-8") as stream:
    json.dump(reasons, stream)
