"""Fits LightGBM or scikit-learn's histogram boosting to the rows of a folder: boosting.py FOLDER lightgbm|sklearn"""

import json
import resource
import sys
import time

import numpy as np

folder, name = sys.argv[1:3]
with open(f"{folder}/settings.json") as file:
    s = json.load(file)


def read(part, kind):
    return np.fromfile(f"{folder}/{part}", dtype=kind)


train = read("train.f32", "<f4").reshape(-1, s["columns"])
fresh = read("fresh.f32", "<f4").reshape(-1, s["columns"])
target = read("target.f64", "<f8")

if name == "lightgbm":
    import lightgbm

    started, began = time.process_time(), time.perf_counter()
    data = lightgbm.Dataset(train, target, categorical_feature=s["categorical"])
    settings = {
        "objective": "binary",
        "verbose": -1,
        "num_threads": s["threads"],
        "learning_rate": s["learningRate"],
        "num_leaves": s["maxLeaves"],
        "min_data_in_leaf": s["minRowsPerLeaf"],
        "max_bin": s["maxBins"],
    }
    model = lightgbm.train(settings, data, s["rounds"])
    cpu, seconds = time.process_time() - started, time.perf_counter() - began
    scores = model.predict(fresh, num_threads=1)
    label = f"LightGBM {lightgbm.__version__}"
else:
    import sklearn
    from sklearn.ensemble import HistGradientBoostingClassifier

    started, began = time.process_time(), time.perf_counter()
    model = HistGradientBoostingClassifier(
        max_iter=s["rounds"],
        learning_rate=s["learningRate"],
        max_leaf_nodes=s["maxLeaves"],
        min_samples_leaf=s["minRowsPerLeaf"],
        max_bins=s["maxBins"],
        categorical_features=s["categorical"],
        early_stopping=False,
    ).fit(train, target)
    cpu, seconds = time.process_time() - started, time.perf_counter() - began
    scores = model.predict_proba(fresh)[:, 1]
    label = f"scikit-learn {sklearn.__version__} HistGradientBoostingClassifier"

print(
    json.dumps(
        {
            "label": label,
            "cpuSeconds": cpu,
            "seconds": seconds,
            "maxRssBytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
            "scores": scores.tolist(),
        }
    )
)
