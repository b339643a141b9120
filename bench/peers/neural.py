"""CPU seconds an epoch of the peers' networks takes on one thread, and how well they rank fresh rows.

Reads {"x", "y", "fresh", "numbers", "levels", "hidden", "dropout", "rate", "batch", "epochs"} where x and fresh hold
`numbers` standardized numbers, then one code from 0 for each category; prints a JSON object by peer.
"""

import json
import os
import sys
import time

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

given = json.load(sys.stdin)
x, fresh = (np.array(given[side], dtype=np.float32) for side in ("x", "fresh"))
y = np.array(given["y"], dtype=np.float32)
numbers, levels = given["numbers"], given["levels"]
answers = {}


def measure_sklearn():
    import sklearn
    from sklearn.neural_network import MLPClassifier

    def encode(rows):
        parts = [rows[:, :numbers]]
        for i, count in enumerate(levels):
            parts.append(np.eye(count, dtype=np.float32)[rows[:, numbers + i].astype(int)])
        return np.hstack(parts)

    encoded, target = encode(x), y.astype(int)
    model = MLPClassifier(given["hidden"], batch_size=given["batch"], learning_rate_init=given["rate"], random_state=1)
    model.partial_fit(encoded[:1000], target[:1000], classes=[0, 1])
    start = time.process_time()
    for _ in range(given["epochs"]):
        model.partial_fit(encoded, target)
    seconds = (time.process_time() - start) / given["epochs"]
    answers[f"scikit-learn {sklearn.__version__} MLPClassifier, one-hot, no dropout"] = {
        "cpuSecondsPerEpoch": seconds,
        "probability": model.predict_proba(encode(fresh))[:, 1].tolist(),
    }


def measure_torch():
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(1)
    torch.manual_seed(1)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            widths = [max(1, min(50, (count + 1) // 2)) for count in levels]
            self.tables = torch.nn.ModuleList(torch.nn.Embedding(c, w) for c, w in zip(levels, widths))
            units = [numbers + sum(widths), *given["hidden"]]
            layers = []
            for inputs, outputs in zip(units, units[1:]):
                layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU(), torch.nn.Dropout(given["dropout"])]
            self.rest = torch.nn.Sequential(*layers, torch.nn.Linear(units[-1], 1))

        def forward(self, values, codes):
            rows = [table(codes[:, i]) for i, table in enumerate(self.tables)]
            return self.rest(torch.cat([*rows, values], 1))[:, 0]

    # By way of lists: a torch may be of another age than numpy.
    split = lambda rows: (
        torch.tensor(rows[:, :numbers].tolist()),
        torch.tensor(rows[:, numbers:].astype(int).tolist()),
    )
    values, codes = split(x)
    target = torch.tensor(y.tolist())
    model = Network()
    optimizer = torch.optim.AdamW(model.parameters(), lr=given["rate"], weight_decay=0.01)
    loss = torch.nn.BCEWithLogitsLoss()
    start = time.process_time()
    for _ in range(given["epochs"]):
        for batch in torch.randperm(len(y)).split(given["batch"]):
            optimizer.zero_grad()
            loss(model(values[batch], codes[batch]), target[batch]).backward()
            optimizer.step()
    seconds = (time.process_time() - start) / given["epochs"]
    model.eval()
    with torch.no_grad():
        probability = torch.sigmoid(model(*split(fresh))).tolist()
    answers[f"torch {torch.__version__}"] = {"cpuSecondsPerEpoch": seconds, "probability": probability}


measure_sklearn()
measure_torch()
print(json.dumps(answers))
