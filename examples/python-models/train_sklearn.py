"""Stage: a scikit-learn pipeline, written as ONNX by skl2onnx."""

import onnx
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from stage import log_run, read_parameters, read_training_rows, save_model, write_validation


def keep_malignant(model):
    """Leaves the probability of class 1, [N, 1], as the one output: pyfunc makes a column of each output."""
    graph = model.graph
    graph.initializer.append(onnx.helper.make_tensor("class_1", onnx.TensorProto.INT64, [1], [1]))
    graph.node.append(
        onnx.helper.make_node("Gather", ["probabilities", "class_1"], ["probability"], axis=1)
    )
    del graph.output[:]
    graph.output.append(
        onnx.helper.make_tensor_value_info("probability", onnx.TensorProto.FLOAT, [None, 1])
    )


def fit(x, y):
    pipeline = make_pipeline(
        SimpleImputer(strategy="median"),
        StandardScaler(),
        LogisticRegression(C=parameters["C"], max_iter=parameters["max_iterations"]),
    )
    return pipeline.fit(x.to_numpy(), y)


def predict(pipeline, x):
    return pipeline.predict_proba(x.to_numpy())[:, 1]


parameters = read_parameters("sklearn")
rows = read_training_rows()
write_validation("sklearn", rows, fit, predict)
x, y, _ = rows
pipeline = fit(x, y)
onnx_model = to_onnx(
    pipeline,
    initial_types=[("rows", FloatTensorType([None, x.shape[1]]))],
    # The probabilities as a tensor [N, 2] instead of a list of dictionaries.
    options={"zipmap": False},
    target_opset={"": 17, "ai.onnx.ml": 3},
)
keep_malignant(onnx_model)
folder = save_model("sklearn", onnx_model, x)
loss = log_loss(y, predict(pipeline, x))
log_run("sklearn", parameters, [loss], folder)
print(f"sklearn: training log loss {loss:.4f}")
