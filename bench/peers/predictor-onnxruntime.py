"""CPU time of onnxruntime on one thread: rows one by one, each another one, and all at once."""

import json
import sys
import time

import numpy as np
import onnxruntime

folder, columns, single = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
rows = np.fromfile(f"{folder}/rows.f32", dtype="<f4").reshape(-1, columns)
start = time.process_time()
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(f"{folder}/model.onnx", options, providers=["CPUExecutionProvider"])
opened = time.process_time() - start
name = session.get_inputs()[0].name


def one_by_one():
    start = time.process_time()
    for i in range(single):
        session.run(None, {name: rows[i : i + 1]})
    return (time.process_time() - start) / single


def all_at_once():
    start = time.process_time()
    session.run(None, {name: rows})
    return (time.process_time() - start) / len(rows)


for _ in range(3):
    one_by_one()
all_at_once()
print(
    json.dumps(
        {
            "singleUs": one_by_one() * 1e6,
            "batchUs": all_at_once() * 1e6,
            "openMs": opened * 1e3,
            "version": onnxruntime.__version__,
        }
    )
)
