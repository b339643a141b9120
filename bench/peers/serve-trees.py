"""What one would write in Python: FastAPI in front of 200 trees on 23 columns, one worker.

Usage: serve-trees.py scikit-learn|onnxruntime MODEL_FOLDER PORT
"""

import os
import socket
import sys

import fastapi
import numpy
import pydantic
import uvicorn

kind, folder, port = sys.argv[1:]
columns = [f"x{i}" for i in range(23)]

if kind == "scikit-learn":
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = numpy.random.default_rng(7)
    x = random.normal(size=(4000, len(columns)))
    y = (x @ random.normal(size=len(columns)) + random.normal(size=4000) > 0).astype(int)
    model = HistGradientBoostingClassifier(max_iter=200, max_leaf_nodes=31, early_stopping=False).fit(x, y)

    def score(values):
        return float(model.predict_proba(numpy.array([values]))[0, 1])

else:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    path = os.path.join(folder, "model.onnx")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    given = session.get_inputs()[0].name

    def score(values):
        return float(session.run(None, {given: numpy.array([values], dtype=numpy.float32)})[0].ravel()[-1])


Row = pydantic.create_model("Row", **{name: (float, ...) for name in columns})
app = fastapi.FastAPI()


@app.post("/predict")
async def predict(row: Row):
    probability = score([getattr(row, name) for name in columns])
    return {"probability": probability, "prediction": int(probability >= 0.5)}


# asyncio turns Nagle's algorithm off only where the protocol is named; without, each answer waits 40 ms.
listening = socket.socket(proto=socket.IPPROTO_TCP)
listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listening.bind(("127.0.0.1", int(port)))
uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run(sockets=[listening])
