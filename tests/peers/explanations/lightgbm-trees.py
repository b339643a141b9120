"""Trains LightGBM on generated rows and prints its trees, rows, and pred_contrib of them, as one JSON document.

Arguments: training rows, rounds, leaves, rows to explain, how often to time pred_contrib, and the number of classes.
"""

import json
import sys
import time

import lightgbm
import numpy as np

train_rows, rounds, leaves, rows, repeats, classes = map(int, sys.argv[1:7])
numbers, codes = 14, 9


def draw(random, count):
    # Whole numbers, so that thresholds between them are 32-bit floats.
    x = np.floor(random.normal(size=(count, numbers)) * 50)
    x[random.random(x.shape) < 0.05] = np.nan
    levels = [2, 3, 4, 5, 7, 9, 12, 20, 40]
    c = np.stack([random.integers(0, k, count) for k in levels], axis=1).astype(float)
    return np.concatenate([x, c], axis=1)


def answer(x, random):
    x = np.nan_to_num(x, nan=-20)
    score = x[:, 0] / 50 + np.sin(x[:, 1] / 30) + x[:, 2] * x[:, 3] / 4000
    score += np.isin(x[:, -1], [3, 8, 21, 30]) - (x[:, -3] % 3) / 2
    noisy = score + random.logistic(size=len(x))
    return np.searchsorted(np.linspace(0, 2, classes - 1), noisy)


def flatten(tree):
    nodes = []

    def visit(node):
        index = len(nodes)
        if "leaf_value" in node:
            count = node.get("leaf_count", 1)
            nodes.append([-1, 0, None, 0, -1, -1, node["leaf_value"], count])
            return index
        is_code = node["decision_type"] == "=="
        codes = [int(code) for code in node["threshold"].split("||")] if is_code else None
        missing_left = int(node["default_left"] and not is_code)
        threshold = 0 if is_code else node["threshold"]
        nodes.append([node["split_feature"], threshold, codes, missing_left, 0, 0, 0, node["internal_count"]])
        nodes[index][4] = visit(node["left_child"])
        nodes[index][5] = visit(node["right_child"])
        return index

    visit(tree)
    names = ["feature", "threshold", "categories", "missingLeft", "left", "right", "value", "rowCount"]
    return {name: [node[i] for node in nodes] for i, name in enumerate(names)}


random = np.random.default_rng(5)
x = draw(random, train_rows)
objective = {"objective": "binary"} if classes == 2 else {"objective": "multiclass", "num_class": classes}
booster = lightgbm.train(
    {**objective, "num_leaves": leaves, "num_threads": 1, "verbose": -1, "seed": 1},
    lightgbm.Dataset(x, answer(x, random), categorical_feature=list(range(numbers, numbers + codes))),
    num_boost_round=rounds,
)
told = draw(random, rows)
seconds = []
for _ in range(repeats):
    start = time.process_time()
    contributions = booster.predict(told, pred_contrib=True, num_threads=1)
    seconds.append(time.process_time() - start)
print(
    json.dumps(
        {
            "version": lightgbm.__version__,
            "columns": numbers + codes,
            "trees": [flatten(tree["tree_structure"]) for tree in booster.dump_model()["tree_info"]],
            "rows": [[None if np.isnan(cell) else cell for cell in row] for row in told],
            "contributions": contributions.tolist(),
            "cpuSeconds": seconds,
        }
    )
)
