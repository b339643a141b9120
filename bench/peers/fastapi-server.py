"""What one would write in Python: FastAPI in front of a scikit-learn pipeline, one worker.

Generated data, 23 columns like the reference project's. Prints one line of JSON when it listens.
"""

import importlib.util
import json
import socket
import sys

import fastapi
import numpy
import pydantic
import sklearn
import uvicorn
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

columns = [f"x{i}" for i in range(23)]
random = numpy.random.default_rng(7)
x = random.normal(size=(2000, len(columns)))
y = (x @ random.normal(size=len(columns)) + random.normal(size=2000) > 0).astype(int)
model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)

Row = pydantic.create_model("Row", **{name: (float, ...) for name in columns})
app = fastapi.FastAPI()


@app.post("/predict")
async def predict(row: Row):
    values = numpy.array([[getattr(row, name) for name in columns]])
    probability = float(model.predict_proba(values)[0, 1])
    return {"probability": probability, "prediction": int(probability >= 0.5)}


# asyncio turns Nagle's algorithm off only where the protocol is named; without, each answer waits 40 ms.
listening = socket.socket(proto=socket.IPPROTO_TCP)
listening.bind(("127.0.0.1", 0))
server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning"))
server.config.load()
facts = {
    "port": listening.getsockname()[1],
    "row": dict(zip(columns, x[0].round(4).tolist())),
    "software": {
        "python": sys.version.split()[0],
        "fastapi": fastapi.__version__,
        "scikit-learn": sklearn.__version__,
        "uvicorn": uvicorn.__version__,
        "http": server.config.http_protocol_class.__name__,
        "loop": "uvloop" if importlib.util.find_spec("uvloop") else "asyncio",
    },
}
print(json.dumps(facts), flush=True)
server.run(sockets=[listening])
