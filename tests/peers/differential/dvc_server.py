"""Answers requests, one JSON document a line, by running dvc in a fork of this process.

A fork starts with dvc imported and nothing else done, so it is a fresh process for dvc that
costs a fiftieth of one.
"""

import gc
import importlib
import json
import os
import sys
import tempfile
import traceback


def run(arguments, folder):
    """Runs one command; returns its exit code."""
    from dvc.cli import main

    os.chdir(folder)
    try:
        return main(arguments)
    except SystemExit as exit:
        return exit.code or 0


def in_fork(work):
    """Calls a function in a child of this process; returns its result and what was printed."""
    printed = [os.memfd_create(name) for name in ("out", "err")]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for descriptor, file in zip((1, 2), printed):
            os.dup2(file, descriptor)
        try:
            result = work()
        except BaseException:
            result = None
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        with os.fdopen(writer, "w") as pipe:
            json.dump(result, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return {"result": json.loads(text or "null"), "out": read(printed[0]), "err": read(printed[1])}


def read(descriptor):
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode(errors="replace")


def warm_up():
    """Uses dvc once and returns the modules that it took."""
    with tempfile.TemporaryDirectory() as folder:
        os.system(f"git init -q {folder}")
        run(["init", "-q"], folder)
        with open("dvc.yaml", "w") as file:
            file.write("stages:\n  a:\n    cmd: echo 1 > o && mkdir d && echo 1 > d/x\n    deps: [i]\n    outs: [o, d]\n")
        with open("i", "w") as file:
            file.write("1\n")
        for arguments in (["remote", "add", "-d", "r", folder + "/r"], ["add", "-q", "dvc.yaml"], ["repro", "-q"], ["status", "--json"],
                          ["push", "-q"], ["checkout", "-q"], ["pull", "-q"], ["freeze", "a"], ["commit", "-q"], ["remove", "a"]):
            run(arguments, folder)
    return sorted(sys.modules)


def import_all():
    """Imports what dvc takes to do its work, for the forks to come."""
    for name in in_fork(warm_up)["result"]:
        try:
            importlib.import_module(name)
        except Exception:
            pass
    # What is frozen is not looked at again, so that the forks share its memory.
    gc.collect()
    gc.freeze()


def serve():
    import_all()
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["env"])
        answer = in_fork(lambda: run(request["arguments"], request["folder"]))
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
