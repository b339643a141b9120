"""Answers requests, one JSON document a line, by running commands of dvc in a fork of this process.

A fork starts with dvc imported and nothing else done, so it is a fresh process for dvc that
costs a fiftieth of one.
"""

import gc
import importlib
import json
import os
import pickle
import re
import sys
import tempfile
import traceback
from functools import partial


def run(arguments, folder):
    """Runs one command; returns its exit code."""
    from dvc.cli import main

    os.chdir(folder)
    try:
        return main(arguments)
    except SystemExit as exit:
        return exit.code or 0


def in_fork(*works):
    """Calls functions in a child of this process; returns the result of each and what it printed."""
    printed = [[os.memfd_create(name) for name in ("out", "err")] for _ in works]
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        results = [call(work, *files) for work, files in zip(works, printed)]
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump((results, parsed), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    results = [None] * len(works)
    if answer:
        results, texts = pickle.loads(answer)
        parsed.update(texts)
        for text in list(parsed)[:-100]:
            del parsed[text]
    return [
        {"result": result, "out": read(out), "err": read(err)}
        for result, (out, err) in zip(results, printed)
    ]


def call(work, out, err):
    os.dup2(out, 1)
    os.dup2(err, 2)
    try:
        result = work()
    except BaseException:
        result = None
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    return result


def read(descriptor):
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read().decode(errors="replace")


def warm_up():
    """Uses dvc once and returns the modules that it took, in their order, and the regular expressions."""
    with tempfile.TemporaryDirectory() as folder:
        os.system(f"git init -q {folder}")
        run(["init", "-q"], folder)
        with open("dvc.yaml", "w") as file:
            file.write("stages:\n  a:\n    cmd: echo 1 > o && mkdir d && echo 1 > d/x\n    deps: [i]\n    outs: [o, d]\n"
                       "  b:\n    cmd: echo ${p}\n    params: [p, t.toml: [p]]\n")
        for name, text in (("i", "1\n"), ("params.yaml", "p: 1\n"), ("t.toml", "p = 1\n")):
            with open(name, "w") as file:
                file.write(text)
        for arguments in (["remote", "add", "-d", "r", folder + "/r"], ["add", "-q", "dvc.yaml"], ["repro", "-q"], ["status", "--json"],
                          ["push", "-q"], ["checkout", "-q"], ["pull", "-q"], ["freeze", "a"], ["commit", "-q"], ["remove", "a"]):
            run(arguments, folder)
    return list(sys.modules), [[pattern, flags] for kind, pattern, flags in re._cache if kind is str]


def import_all():
    """Imports what dvc takes to do its work, for the forks to come."""
    modules, patterns = in_fork(warm_up)[0]["result"]
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception:
            pass
    # Compiling them is a tenth of what a status costs.
    for pattern, flags in patterns:
        re.compile(pattern, flags)
    # Making the parser is a fifth of what a status costs.
    from dvc.cli import parser

    made = parser.get_main_parser()
    parser.get_main_parser = lambda: made
    prepare_parsers()
    # What is frozen is not looked at again, so that the forks share its memory; they end before there is much to collect.
    gc.collect()
    gc.freeze()
    gc.disable()


parsed = {}


def prepare_parsers():
    """Makes what dvc would make again in each fork, and parses a text of YAML once: it follows from nothing but the text."""
    from dvc.config import get_compiled_schema
    from dvc.parsing import interpolate
    from funcy import memoize
    from ruamel.yaml import YAML

    get_compiled_schema()
    interpolate.get_parser()
    interpolate.parse_expr = memoize(interpolate.parse_expr)
    load = YAML.load

    def load_once(self, stream):
        if self.typ != ["safe"] or not isinstance(stream, str):
            return load(self, stream)
        if stream not in parsed:
            parsed[stream] = pickle.dumps(load(self, stream))
        return pickle.loads(parsed[stream])

    YAML.load = load_once


def serve():
    import_all()
    for line in sys.stdin:
        request = json.loads(line)
        os.environ.update(request["env"])
        commands = [partial(run, each["arguments"], each["folder"]) for each in request["commands"]]
        print(json.dumps(in_fork(*commands)), flush=True)


if __name__ == "__main__":
    serve()
