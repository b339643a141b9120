"""What drawn programs have to find, by pandas.merge_asof and, where it cannot say it, row by row; programs and answers as JSON."""

import itertools
import json
import sys

import pandas

OLD = float("-inf")


def facts_of(program, index, steps):
    """By key and moment: (created, append, features) of every fact that counts after these steps."""
    facts, seen, append = {}, set(), 0
    for step in steps:
        if step["kind"] != "append" or step["view"] != index:
            continue
        # Of rows that say something of the same entity and moments the last one stands.
        last = {("\0".join(keys), at, created): cells for keys, at, created, cells in step["facts"]}
        content = json.dumps(sorted(([*map(str, key), cells] for key, cells in last.items()), key=str))
        if not last or content in seen:
            continue
        seen.add(content)
        append += 1
        for (key, at, created), cells in last.items():
            facts.setdefault((key, at), []).append((created, append, cells))
    return facts


def order(fact):
    created, append, _ = fact
    return (OLD if created is None else created, append)


def join(program, step, before):
    found = [[str(number)] for number in range(len(step["rows"]))]
    places = {entity["name"]: i for i, entity in enumerate(program["entities"])}
    for index, view in enumerate(program["views"]):
        own = sorted(places[name] for name in view["entities"])
        rows = [
            (number, "\0".join(keys[i] for i in own), at)
            for number, (keys, at) in enumerate(step["rows"])
            if at is not None and all(keys[i] is not None for i in own)
        ]
        facts = facts_of(program, index, before)
        answers = by_row(rows, facts, view) if step["knownBy"] == "row" else nearest(rows, facts, view, step["knownBy"])
        for number, row in enumerate(found):
            row.extend(answers.get(number, [None] * len(view["features"])))
    return found


def nearest(rows, facts, view, known_by):
    if known_by is not None:
        facts = {
            key: [fact for fact in some if fact[0] is not None and fact[0] <= known_by] for key, some in facts.items()
        }
    right = pandas.DataFrame(
        [(key, at, max(some, key=order)[2]) for (key, at), some in facts.items() if some],
        columns=["key", "at", "cells"],
    ).astype({"key": "object", "at": "int64"})
    left = pandas.DataFrame(rows, columns=["number", "key", "at"]).astype({"key": "object", "at": "int64"})
    if left.empty or right.empty:
        return {}
    tolerance = {} if view["ttlUs"] is None else {"tolerance": view["ttlUs"]}
    joined = pandas.merge_asof(left.sort_values("at"), right.sort_values("at"), on="at", by="key", **tolerance)
    return {number: cells for number, cells in zip(joined["number"], joined["cells"]) if isinstance(cells, list)}


def by_row(rows, facts, view):
    answers = {}
    for number, key, at in rows:
        known = [
            (moment, order(fact), fact[2])
            for (other, moment), some in facts.items()
            for fact in some
            if other == key and moment <= at and fact[0] is not None and fact[0] <= at
        ]
        if known:
            moment, _, cells = max(known, key=lambda one: one[:2])
            if view["ttlUs"] is None or moment >= at - view["ttlUs"]:
                answers[number] = cells
    return answers


def read(program, step, brought):
    """What the join finds at the furthest moment, of what had been appended when it was brought."""
    view, (until, steps) = program["views"][step["view"]], brought
    facts = facts_of(program, step["view"], steps)
    values = [entity["values"] for entity in program["entities"] if entity["name"] in view["entities"]]
    answers = []
    for keys in itertools.product(*values):
        moments = [at for key, at in facts if key == "\0".join(keys) and at <= until]
        if not moments:
            answers.append(["NOT_FOUND"] * len(view["features"]))
        elif view["ttlUs"] is not None and max(moments) < until + step["laterUs"] - view["ttlUs"]:
            answers.append(["OUTSIDE_MAX_AGE"] * len(view["features"]))
        else:
            cells = max(facts["\0".join(keys), max(moments)], key=order)[2]
            answers.append(["NULL" if cell is None else cell for cell in cells])
    return answers


def run(program):
    brought, found = {}, []
    for place, step in enumerate(program["steps"]):
        before = program["steps"][:place]
        if step["kind"] == "materialize":
            until, _ = brought.get(step["view"], (step["until"], None))
            brought[step["view"]] = (max(until, step["until"]), before)
        elif step["kind"] == "join":
            found.append(join(program, step, before))
        elif step["kind"] == "read" and step["view"] in brought:
            found.append(read(program, step, brought[step["view"]]))
    return found


json.dump([run(program) for program in json.load(sys.stdin)], sys.stdout)
