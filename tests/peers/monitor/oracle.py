"""Judges the prediction logs of random programs anew, out of docs/monitoring.md, and prints where `mlpt monitor` said otherwise."""

import json
import math
import sys

import numpy as np
import pandas as pd
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn import metrics

LEVEL, DISTANCE, SHARE = 0.05, 0.1, 0.07
ERRORS = []


class Case:
    """One program: the known rows, and what has come to the log until a look."""

    def __init__(self, program):
        self.program = program
        self.settings = program["settings"]
        self.known = pd.DataFrame(program["reference"])
        self.rows, self.labels, self.windows = [], [], {}

    def frame(self, now):
        rows = [row for row in self.rows if row["time"] <= now + 60_000]
        return pd.DataFrame(rows).sort_values(["time", "id"], kind="stable", ignore_index=True)

    def known_labels(self):
        labels = {}
        for label in sorted(self.labels, key=lambda one: (one["time"], one["label"])):
            labels[label["id"]] = label["label"]
        return labels

    def look(self, now, fresh):
        """The windows that are kept after a look, by version and first row."""
        if not self.rows:
            return self.windows
        log, labels = self.frame(now), self.known_labels()
        for (version, digest), rows in log.groupby(["version", "digest"]):
            rows = rows.reset_index(drop=True)
            kept = self.windows.setdefault((version, digest), [])
            for window in kept:
                inside = rows[between(rows, window["first"], window["last"])]
                if inside["id"].isin(fresh).any():
                    window["performance"] = self.measure(inside, digest, labels)
            for bounds in self.plan(rows, kept, now):
                kept.append(self.judge(rows, bounds, digest, labels))
        return self.windows

    def plan(self, rows, kept, now):
        size, step = self.settings["size"], self.settings["step"]
        if self.settings["isTime"]:
            first, last = int(rows["time"].iloc[0]), int(rows["time"].iloc[-1])
            start = kept[-1]["from"] + step if kept else -((size - 1 - first) // step) * step
            bounds = []
            while start <= last and start + size + self.settings["settle"] <= now:
                bounds.append(((start, ""), (start + size - 1, "\U0010ffff"), start, start + size))
                start += step
            return bounds
        place = 0
        if kept:
            until = rows[between(rows, kept[-1]["first"], kept[-1]["last"])]
            place = until.index[-1] + 1 - (size - step)
        bounds = []
        while place + size <= len(rows):
            first, last = (tuple(rows.loc[place + i, ["time", "id"]]) for i in (0, size - 1))
            bounds.append((first, last, first[0], last[0]))
            place += step
        return bounds

    def judge(self, rows, bounds, digest, labels):
        first, last, begin, end = bounds
        inside = rows[between(rows, first, last)]
        window = {"first": first, "last": last, "from": begin, "to": end, "rows": len(inside)}
        window["performance"] = self.measure(inside, digest, labels)
        window["state"] = "judged" if len(inside) >= self.settings["minRows"] else "too-few-rows"
        if window["state"] != "judged":
            return window
        fields = self.fields(digest)
        window["columns"] = judge_table({name: (self.known[name], inside[name]) for name in fields})
        for name in fields:
            window["columns"][name].update(quality(name, inside[name], self.has_model(digest)))
        window["prediction"] = None
        if self.has_model(digest):
            a, b = (self.known[name].to_numpy("float32") for name in ("a", "b"))
            half = np.float32(0.5)
            given = pd.Series((np.float32(0.25) * a - half * b) + half, dtype="float64")
            window["prediction"] = judge_table({"score": (given, inside["score"])})["score"]
        window["meanScore"] = inside["score"].mean()
        window["segments"] = self.judge_segments(inside, digest)
        return window

    def judge_segments(self, inside, digest):
        tables = {}
        for name, column, pick in self.segments(digest):
            known, current = self.known[pick(self.known[column])], inside[pick(inside[column])]
            if min(len(known), len(current)) < 30:
                continue
            tables[name] = (len(current), {f: (known[f], current[f]) for f in self.fields(digest) if f != column})
        together = judge_table({(name, f): pair for name, (_, table) in tables.items() for f, pair in table.items()})
        return {
            name: (rows, {f: together[(name, f)] for f in table}) for name, (rows, table) in tables.items()
        }

    def segments(self, digest):
        for column, spec in self.settings["segments"].items():
            if column not in self.fields(digest):
                continue
            if spec == "levels":
                for level in self.known[column].dropna().value_counts().index[:50]:
                    shown = level if isinstance(level, str) else f"{level:g}"
                    yield f"{column}={shown}", column, lambda cells, level=level: cells == level
                continue
            yield f"{column}<{spec[0]:g}", column, lambda cells, to=spec[0]: cells < to
            for low, high in zip(spec, spec[1:]):
                yield f"{low:g}<={column}<{high:g}", column, lambda c, low=low, high=high: (c >= low) & (c < high)
            yield f"{column}>={spec[-1]:g}", column, lambda cells, low=spec[-1]: cells >= low

    def measure(self, inside, digest, labels, is_part=False):
        target = inside["id"].map(labels)
        fits = target.isin([0, 1]) & inside["score"].between(0, 1)
        target, score = target[fits].astype(int), inside["score"][fits]
        said = {"labels": len(target), "metrics": {}, "state": "measured"}
        if len(target) == 0:
            said["state"] = "no-labels"
        elif len(target) < self.settings["minLabels"]:
            said["state"] = "too-few-labels"
        elif target.nunique() == 1:
            said["state"] = "one-class"
        else:
            said["metrics"] = {
                "roc_auc": metrics.roc_auc_score(target, score),
                "brier_score": metrics.brier_score_loss(target, score),
                "accuracy": metrics.accuracy_score(target, score >= 0.5),
                "log_loss": metrics.log_loss(target, score),
            }
        if not is_part:
            parts = {n: self.measure(inside[pick(inside[c])], digest, labels, True) for n, c, pick in self.segments(digest)}
            said["segments"] = {name: part for name, part in parts.items() if part["labels"] > 0 and len(target) > 0}
        return said

    def has_model(self, digest):
        return digest == self.program["digest"]

    def fields(self, digest):
        return ["a", "b"] if self.has_model(digest) else ["a", "b", "t"]


def between(rows, first, last):
    place = pd.Series(list(zip(rows["time"], rows["id"])), index=rows.index)
    return place.map(lambda one: first <= one <= last)


def quality(name, cells, has_model):
    fits, unseen = pd.Series(True, cells.index), 0.0
    if not has_model and name == "a":
        fits = cells.isna() | cells.between(0, 10)
    if not has_model and name == "b":
        unseen = (cells.notna() & ~cells.isin([0, 1, 2])).mean()
    return {"missingShare": cells.isna().mean(), "outOfRangeShare": 1 - fits.mean(), "unseenShare": unseen}


def judge_table(pairs):
    checks = {name: check_column(known.dropna(), current.dropna(), known, current) for name, (known, current) in pairs.items()}
    flat = [check for column in checks.values() for check in column["checks"]]
    adjusted = stats.false_discovery_control([check["p"] for check in flat]) if flat else []
    for check, p in zip(flat, adjusted):
        check["isDrifted"] = bool(p <= LEVEL and check["effect"] >= check["least"] and check.get("isMore", True))
        check["isClose"] = abs(p - LEVEL) < 1e-9 or abs(check["effect"] - check["least"]) < 1e-12
    for column in checks.values():
        column["isDrifted"] = any(check["isDrifted"] for check in column["checks"])
        column["isClose"] = any(check["isClose"] for check in column["checks"])
    return checks


def check_column(before, after, known, current):
    column, checks = {}, []
    is_text = known.dtype == object or current.dtype == object or str(known.dtype).startswith("str")
    values = before.unique()
    is_listed = len(values) <= 20 and len(before) >= 5 * len(values)
    is_category = is_text or (is_listed and all(float(v).is_integer() for v in values))
    if len(after) > 0:
        if is_category:
            both = pd.concat([before.value_counts(), after.value_counts()], axis=1).fillna(0).to_numpy()
            shares = both / both.sum(axis=0)
            column["distance"] = np.abs(shares[:, 0] - shares[:, 1]).sum() / 2
            p = compare_categories(before, after)
            once = int((before.value_counts() == 1).sum())
            found, expected = int((~after.isin(values)).sum()), (once, len(before))
            column["psi"] = stability(both[:, 0], both[:, 1])
        else:
            result = stats.ks_2samp(before, after)
            column["distance"], p = result.statistic, min(1, result.pvalue)
            beyond = (after < before.min()) | (after > before.max())
            found, expected = int(beyond.sum()), (2, len(before) + 1)
            column["psi"] = stability(*tenths(before, after))
        shares = js_shares(before, after) if not is_text and len(values) > 20 else by_value(before, after)
        column["jensenshannon"] = jensenshannon(*shares)
        checks.append({"p": p, "effect": column["distance"], "least": DISTANCE})
        if found + expected[0] > 0:
            check = check_share(expected, (found, len(after)))
            checks.append({**check, "isMore": found / len(after) > expected[0] / expected[1]})
    missing = (int(known.isna().sum()), len(known)), (int(current.isna().sum()), len(current))
    if missing[0][0] + missing[1][0] > 0:
        checks.append(check_share(*missing))
    return {**column, "checks": checks}


def by_value(before, after):
    both = pd.concat([before.value_counts(), after.value_counts()], axis=1).fillna(0).to_numpy()
    return both[:, 0], both[:, 1]


def js_shares(before, after):
    together = np.concatenate([before, after]).astype(float)
    edges = np.histogram_bin_edges(together, bins="sturges")
    return np.histogram(before, edges)[0], np.histogram(after, edges)[0]


def tenths(before, after):
    counts = pd.concat([before.value_counts(), after.value_counts()], axis=1).fillna(0).sort_index().to_numpy()
    if len(counts) <= 20:
        return counts[:, 0], counts[:, 1]
    rows = counts.sum(axis=1)
    tenth = np.floor(10 * (np.cumsum(rows) - rows / 2) / rows.sum())
    binned = pd.DataFrame(counts).groupby(tenth).sum().to_numpy()
    return binned[:, 0], binned[:, 1]


def stability(before, after):
    bins = len(before)
    p = (before + 0.5) / (before.sum() + bins / 2)
    q = (after + 0.5) / (after.sum() + bins / 2)
    chance = (bins - 1) * (1 / before.sum() + 1 / after.sum())
    return max(0.0, float(np.sum((p - q) * np.log(p / q)) - chance))


def compare_categories(before, after):
    both = pd.concat([before.value_counts(), after.value_counts()], axis=1).fillna(0).sort_index()
    both = both.to_numpy()[np.argsort(-both.sum(axis=1).to_numpy(), kind="stable")]
    share = min(both.sum(axis=0)) / both.sum()
    pools, pool = [], np.zeros(2)
    for cell in both:
        pool = pool + cell
        if pool.sum() * share >= 5:
            pools.append(pool)
            pool = np.zeros(2)
    if pools:
        pools[-1] = pools[-1] + pool
    if len(pools) < 2:
        most = both[0]
        return stats.fisher_exact([most, both.sum(axis=0) - most]).pvalue
    return stats.chi2_contingency(np.array(pools), correction=False).pvalue


def check_share(expected, found):
    (m, n), (k, rows) = expected, found
    p, q = m / n, k / rows
    effect = math.sqrt(max(0, 1 - math.sqrt(p * q) - math.sqrt((1 - p) * (1 - q))))
    pooled = (m + k) / (n + rows)
    if min(pooled, 1 - pooled) * min(n, rows) < 5:
        chance = stats.fisher_exact([[m, n - m], [k, rows - k]]).pvalue
    else:
        deviation = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / rows))
        chance = 2 * stats.norm.sf(abs(q - p) / deviation)
    return {"p": min(1, chance), "effect": effect, "least": SHARE}


def agree(place, said, expected):
    if said is None or expected is None:
        fine = said is None and (expected is None or expected != expected)
    elif isinstance(expected, (float, np.floating)):
        fine = math.isclose(said, expected, rel_tol=1e-6, abs_tol=1e-9)
    else:
        fine = said == expected
    if not fine:
        ERRORS.append(f"{place}: monitor says {said!r}, the oracle {expected!r}")


def compare_columns(place, said, expected, measures):
    for column in said:
        own = expected[column["name"]]
        if not own["isClose"]:
            agree(f"{place} {column['name']} drift", column["isDrifted"], own["isDrifted"])
        for measure in measures:
            value = own.get(measure)
            agree(f"{place} {column['name']} {measure}", column.get(measure), None if value is None else float(value))


def compare_performance(place, said, expected):
    for name in ("state", "labels"):
        agree(f"{place} {name}", said[name], expected[name])
    agree(f"{place} metrics", sorted(said["metrics"]), sorted(expected["metrics"]))
    for name, value in said["metrics"].items():
        agree(f"{place} {name}", value["value"], float(expected["metrics"].get(name, math.nan)))
    if "segments" in said:
        agree(f"{place} segments", sorted(s["name"] for s in said["segments"]), sorted(expected["segments"]))
        for part in said["segments"]:
            if part["name"] in expected["segments"]:
                compare_performance(f"{place} {part['name']}", part, expected["segments"][part["name"]])


def compare_windows(place, said, expected):
    own = [(version, window) for (version, _), kept in sorted(expected.items()) for window in kept]
    # Versions that have one name differ in their digest, which only the key of a window tells.
    key = lambda version, window: (version, window["from"], window["rows"])
    said = sorted(said, key=lambda window: key(window["version"], window))
    own = [window for _, window in sorted(own, key=lambda pair: key(*pair))]
    agree(f"{place} windows", [(w["from"], w["to"], w["rows"], w["state"]) for w in said],
          [(w["from"], w["to"], w["rows"], w["state"]) for w in own])
    if len(said) != len(own):
        return
    for window, mine in zip(said, own):
        where = f"{place} {window['key']}"
        compare_performance(where, window["performance"], mine["performance"])
        if window["state"] != "judged" or mine["state"] != "judged":
            continue
        measures = ["distance", "psi", "jensenshannon", "missingShare", "outOfRangeShare", "unseenShare"]
        compare_columns(where, window["columns"], mine["columns"], measures)
        agree(f"{where} mean", window.get("meanScore"), float(mine["meanScore"]))
        if (window.get("prediction") is None) != (mine["prediction"] is None):
            agree(f"{where} prediction", window.get("prediction"), mine["prediction"])
        elif mine["prediction"] is not None:
            compare_columns(where, [window["prediction"]], {"score": mine["prediction"]}, ["distance", "psi", "jensenshannon"])
        agree(f"{where} segments", {s["name"]: s["rows"] for s in window["segments"]},
              {name: rows for name, (rows, _) in mine["segments"].items()})
        for segment in window["segments"]:
            if segment["name"] in mine["segments"]:
                compare_columns(f"{where} {segment['name']}", segment["columns"], mine["segments"][segment["name"]][1], ["distance"])


count = 0
for program in json.load(open(sys.argv[1])):
    case, fresh = Case(program), set()
    for step, event in enumerate(program["events"]):
        if event["kind"] == "rows":
            case.rows += event["rows"]
        elif event["kind"] == "labels":
            case.labels += event["labels"]
            fresh |= {label["id"] for label in event["labels"]}
        else:
            expected = case.look(event["now"], fresh)
            fresh = set()
            count += len(event["windows"])
            compare_windows(f"seed {program['seed']} step {step}", event["windows"], expected)
print(json.dumps({"windows": count, "errors": ERRORS}))
