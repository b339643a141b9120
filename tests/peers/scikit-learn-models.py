"""Pipelines on a pandas frame of one column a type, exported as their users would, and what scikit-learn says of rows."""

import json
import os
import sys

import mlflow.onnx
import numpy as np
import pandas as pd
from mlflow.models import Model, infer_signature
from onnx import TensorProto, helper
from skl2onnx import to_onnx
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

folder = sys.argv[1]
os.chdir(folder)
random = np.random.default_rng(1)
n = 300
frame = pd.DataFrame(
    {
        # Codes that a 32-bit float would take for their neighbours.
        "code": random.choice([2**53 - 1, 2**53 - 2, 2**24 + 1], n),
        "income": random.normal(3e4, 1e4, n).astype("float32"),
        "town": pd.Series(random.choice(["Oslo", "Bergen", "Ås", None], n), dtype=object),
        "kids": random.integers(0, 4, n).astype("int32"),
        "is owner": random.random(n) < 0.5,
    }
)
late = (frame["income"] > 3e4) ^ (frame["town"] == "Oslo") ^ (frame["code"] == 2**53 - 1)
group = np.where(frame["kids"] == 3, "many", np.where(late, "some", "none"))
value = frame["income"] / 1e3 + 7 * late + frame["kids"]


def pipeline(encoder, model, *more):
    encoded = ("encode", encoder, ["code"]), ("texts", OneHotEncoder(handle_unknown="ignore"), ["town"])
    scaled = ("scale", StandardScaler(), ["income", "kids"])
    return make_pipeline(ColumnTransformer([*encoded, scaled, *more], remainder="drop"), model)


one_hot = OneHotEncoder(handle_unknown="ignore")
ordinal = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
models = {
    # With dictionaries, which is what skl2onnx does unless it is told otherwise.
    "late": (pipeline(one_hot, LogisticRegression(max_iter=500)), late.astype(int), {}),
    "forest": (pipeline(ordinal, RandomForestClassifier(10, random_state=1)), late.map({True: "yes", False: "no"}), {"zipmap": False}),
    "group": (pipeline(one_hot, LogisticRegression(max_iter=500)), group, {"zipmap": False}),
    "value": (pipeline(one_hot, Ridge(), ("truth", "passthrough", ["is owner"])), value + 3 * frame["is owner"], None),
    "strict": (make_pipeline(ColumnTransformer([("texts", OneHotEncoder(), ["town"])]), LogisticRegression()), late.astype(int), {"zipmap": False}),
}
# What docs/serving.md shows, on a table of its own.
drawn = {"age": random.integers(18, 90, n), "income": random.normal(3e4, 1e4, n), "home town": random.choice(["Oslo", "Bergen"], n)}
pd.DataFrame({**drawn, "late": late.astype(int)}).to_csv("loans.csv", index=False)
shown = {}
exec(sys.argv[2], shown)
loans = shown["frame"].head(40)

# For a project: a missing town is NaN here.
members = pd.read_csv("members.csv", keep_default_na=False, na_values={"town": [""]})
texts = members[["town", "plan"]]
member_model = make_pipeline(ColumnTransformer([("texts", one_hot, ["town", "plan"])]), LogisticRegression())
member_model.fit(texts, members["left"])
mlflow.onnx.save_model(
    to_onnx(member_model, texts[:1]), "members", signature=infer_signature(texts), pip_requirements=[]
)

# Of 64 bits, whose answers for a number in 32 are wholly other ones: (1 + sin(1e9 * input)) / 2.
double = lambda value: helper.make_tensor("", TensorProto.DOUBLE, [], [value])
steps = [
    helper.make_node("Constant", [], ["large"], value=double(1e9)),
    helper.make_node("Constant", [], ["half"], value=double(0.5)),
    helper.make_node("IsNaN", ["input"], ["missing"]),
    helper.make_node("Where", ["missing", "half", "input"], ["known"]),
    helper.make_node("Mul", ["known", "large"], ["angle"]),
    helper.make_node("Sin", ["angle"], ["sine"]),
    helper.make_node("Mul", ["sine", "half"], ["part"]),
    helper.make_node("Add", ["part", "half"], ["score"]),
    helper.make_node("Cast", ["score"], ["probability"], to=TensorProto.FLOAT),
]
column = lambda name, kind: [helper.make_tensor_value_info(name, kind, ["N", 1])]
graph = helper.make_graph(steps, "wide", column("input", TensorProto.DOUBLE), column("probability", TensorProto.FLOAT))
wide = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
flavor = Model()
field = {"input": {"type": "number", "nullable": True}}
flavor.flavors["mlpt"] = {"name": "wide", "kind": "wide", "target": "left", "inputs": field, "example": {"input": 3.7}}
signature = infer_signature(members[["input"]])
mlflow.onnx.save_model(wide, "wide", mlflow_model=flavor, signature=signature, pip_requirements=[])

rows = frame.head(40).copy()
rows.loc[0, "town"] = "Nowhere"
answers = {}
for name, (model, target, options) in models.items():
    inputs = {"strict": frame[["town"]], "value": frame}.get(name, frame.drop(columns="is owner"))
    model.fit(inputs, target)
    exported = to_onnx(model, inputs[:1], **({} if options is None else {"options": options}))
    # A sample keeps what may be missing, as the whole frame would.
    mlflow.onnx.save_model(
        exported, f"{folder}/{name}", signature=infer_signature(inputs[:50]), input_example=inputs[1:2], pip_requirements=[]
    )
    if name != "strict":
        asked = rows[inputs.columns]
        answers[name] = (model.predict(asked) if options is None else model.predict_proba(asked)).tolist()
asked = rows
asked.to_parquet(f"{folder}/rows.parquet")
records = asked.astype(object).where(asked.notna(), None).to_dict("records")
answers["members"] = member_model.predict_proba(texts).tolist()
answers["loans"] = shown["model"].predict_proba(loans).tolist()
print(json.dumps({"rows": records, "loans": loans.to_dict("records"), "answers": answers}))
