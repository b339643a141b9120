"""What both training stages do beside training: read what mlpt made, hand the model over to mlpt and MLflow."""

import hashlib
import json
import os
import shutil
from pathlib import Path

import mlflow
import numpy
import pandas
import yaml
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec
from sklearn.metrics import log_loss

PROJECT = "breast_cancer"
TARGET = "malignant"
REQUIREMENTS = ["mlflow", "onnx", "onnxruntime", "numpy", "pandas"]


def read_parameters(kind):
    """The numbers below custom.KIND in params.yaml."""
    return yaml.safe_load(Path("params.yaml").read_text())["custom"][kind]


def read_training_rows():
    """Features, target and fold of all rows but those of the test fold, which `mlpt evaluate` keeps for itself."""
    split = yaml.safe_load(Path("params.yaml").read_text())["split"]
    table = pandas.read_parquet(f"data/processed/{PROJECT}.parquet").sort_values("row")
    table = table[table["fold"] != split["test_fold"]]
    features = table.drop(columns=["row", "fold", TARGET]).astype("float32")
    return features, table[TARGET].astype(int), table["fold"]


def write_validation(kind, rows, fit, predict):
    """The log loss of each training fold, by a model of the others: what `mlpt tune` compares, without the test fold."""
    x, y, folds = rows
    losses = []
    for fold in sorted(set(folds)):
        model = fit(x[folds != fold], y[folds != fold])
        held = folds == fold
        losses.append(log_loss(y[held], predict(model, x[held]), labels=[0, 1]))
    path = Path(f"reports/validation/{kind}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"log_loss": sum(losses) / len(losses)}) + "\n")


def save_model(kind, onnx_model, features):
    """Writes models/KIND in MLflow's layout. The flavor mlpt says which raw columns the model takes, and in which order."""
    example = features.iloc[0].astype(float)
    model = Model(
        signature=ModelSignature(
            inputs=Schema([ColSpec("double", name) for name in features.columns]),
            outputs=Schema([TensorSpec(numpy.dtype("float32"), (-1, 1))]),
        )
    )
    # add_flavor would take the name of the model for that of the flavor.
    model.flavors["mlpt"] = {
        "name": PROJECT,
        "kind": kind,
        "target": TARGET,
        "inputs": {name: {"type": "number"} for name in features.columns},
        "example": example.to_dict(),
    }
    folder = f"models/{kind}"
    shutil.rmtree(folder, ignore_errors=True)
    mlflow.onnx.save_model(
        onnx_model,
        folder,
        mlflow_model=model,
        pip_requirements=REQUIREMENTS,
        save_as_external_data=False,
    )
    return folder


def log_run(kind, parameters, losses, folder):
    """Logs to the server of MLFLOW_TRACKING_URI. Without one, `mlpt evaluate` makes a run of the model."""
    if "MLFLOW_TRACKING_URI" not in os.environ:
        return
    digest = hashlib.sha256(Path(folder, "model.onnx").read_bytes()).hexdigest()
    mlflow.set_experiment(PROJECT)
    # By the digest `mlpt evaluate` finds the run, and logs its metrics there.
    with mlflow.start_run(run_name=kind, tags={"mlpt.model": kind, "mlpt.digest": digest}):
        mlflow.log_params({"model": kind, **parameters})
        for step, loss in enumerate(losses):
            mlflow.log_metric("train_log_loss", loss, step=step, synchronous=False)
        mlflow.log_artifacts(folder, "model")
