"""What DVC makes of config files: for each case what it reads, and the file after a change."""

import json
import os
import sys

from dvc.config import Config

root = sys.argv[1]
folder = os.path.join(root, ".dvc")
os.makedirs(folder, exist_ok=True)
os.chdir(root)


def write(name, text):
    path = os.path.join(folder, name)
    if text is None:
        if os.path.exists(path):
            os.unlink(path)
    else:
        with open(path, "w", encoding="utf-8", newline="") as file:
            file.write(text)


def read(case):
    try:
        return {"config": json.loads(json.dumps(dict(Config(folder))))}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def change(case):
    group, section, option, value = case["change"]
    try:
        config = Config(folder, validate=False)
        with config.edit(case["level"]) as values:
            place = values[group] if group else values
            if value is None:
                del place[section][option]
            else:
                place.setdefault(section, {})[option] = value
    except Exception as error:
        return {"changeError": f"{type(error).__name__}: {error}"}
    return {}


def judge(case):
    write("config", case["text"])
    write("config.local", case["local"])
    result = {**read(case), **change(case)}
    path = os.path.join(folder, "config" if case["level"] == "repo" else "config.local")
    if os.path.exists(path):
        with open(path, encoding="utf-8", newline="") as file:
            result["after"] = file.read()
    return result


json.dump([judge(case) for case in json.load(sys.stdin)], sys.stdout)
