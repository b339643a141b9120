"""MLflow's own stores over a SQLite file: fills one with rows, answers searches, one JSON line for each."""

import json
import sqlite3
import sys
import warnings

warnings.simplefilter("ignore")

from mlflow.entities import ViewType
from mlflow.exceptions import MlflowException
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

path = sys.argv[1]
tracking = TrackingStore(f"sqlite:///{path}", "mlflow-artifacts:/")
registry = RegistryStore(f"sqlite:///{path}")
names = {
    "runs": lambda run: run.info.run_id,
    "experiments": lambda experiment: experiment.experiment_id,
    "models": lambda model: model.name,
    "versions": lambda version: f"{version.name}:{version.version}",
    "logged": lambda model: model.model_id,
}


def fill(tables):
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM experiments")
    for table, rows in tables:
        for row in rows:
            columns = ", ".join(row)
            marks = ", ".join("?" for _ in row)
            connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", list(row.values()))
    connection.commit()
    connection.close()


def search(case, token):
    common = {"filter_string": case["filter"] or None, "max_results": case["maxResults"], "page_token": token}
    order_by = case["orderBy"]
    kind = case["kind"]
    if kind == "runs":
        view = ViewType.from_string(case["viewType"].lower())
        return tracking.search_runs(case["experimentIds"], run_view_type=view, order_by=order_by, **common)
    if kind == "experiments":
        view = ViewType.from_string(case["viewType"].lower())
        return tracking.search_experiments(view_type=view, order_by=order_by, **common)
    if kind == "models":
        return registry.search_registered_models(order_by=order_by, **common)
    if kind == "versions":
        return registry.search_model_versions(order_by=order_by, **common)
    datasets = [{key: value for key, value in dataset.items()} for dataset in case["datasets"]]
    return tracking.search_logged_models(
        case["experimentIds"], datasets=datasets or None, order_by=case["loggedOrder"] or None, **common
    )


def answer(case):
    pages, token = [], None
    try:
        while len(pages) < case["pages"]:
            page = search(case, token)
            pages.append([names[case["kind"]](item) for item in page])
            token = page.token
            if not token:
                return {"pages": pages, "hasMore": False}
        return {"pages": pages, "hasMore": True}
    except MlflowException as error:
        return {"refused": error.error_code, "message": error.message}
    except Exception as error:
        return {"refused": "INTERNAL_ERROR", "message": f"{type(error).__name__}: {error}"}


for line in sys.stdin:
    request = json.loads(line)
    result = fill(request["fill"]) if "fill" in request else answer(request)
    print(json.dumps(result), flush=True)
