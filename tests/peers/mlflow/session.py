"""One session of MLflow's Python client against the server of MLFLOW_TRACKING_URI.

Writes one JSON object to the file of its argument: what each step answered, or how it failed. Ids and times are replaced by
labels in the order they came, so that two servers that behave alike give the same.
"""

import json
import os
import re
import sys
import tempfile

import matplotlib.figure
import mlflow
import numpy as np
import onnx
import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from onnx import TensorProto, helper
from PIL import Image
from requests import HTTPError
from sklearn.linear_model import LogisticRegression

matplotlib.use('Agg')
client = MlflowClient()
answers = {}
labels = {}


def step(name):
    """Runs a function at once and keeps its answer under its name."""

    def run(function):
        try:
            found = function()
        except MlflowException as error:
            found = {'failed': type(error).__name__, 'code': error.error_code, 'message': message_of(error)}
        except HTTPError as error:
            found = {'failed': type(error).__name__, 'status': error.response.status_code}
        assert name not in answers, name
        answers[name] = normalise(found)
        return function

    return run


def message_of(error):
    """Clients match on the start of some messages; what a server adds behind is its own."""
    text = re.sub(r'^\w+: ', '', error.message).split('\n')[0]
    return next((known for known in known_messages if re.search(known, text)), '')


known_messages = [
    r'^Run with id=\S+ not found',
    r'^No Experiment with id=\S+ exists',
    r"^Experiment\(name=\S+\) already exists",
    r'^Registered Model \(name=\S+\) already exists',
    r'^Registered Model with name=\S+ not found',
    r'^Model Version \(name=\S+, version=\S+\) not found',
    r'^Registered model alias \S+ not found\.',
    r"must be in the 'active' state",
    r'^Changing param values is not allowed\.',
    r'^Invalid value .* for parameter .* supplied',
    r'exceeds the maximum length of \d+ characters',
    r'^Missing value for required parameter',
    r'^Logged model with ID \S+ not found',
]


# They tell of the process that logs, or carry sizes; what is in the last is compared where models are.
own_tags = ('mlflow.source.git.commit', 'mlflow.source.name', 'mlflow.log-model.history', 'mlflow.modelVersions')


def normalise(value):
    if isinstance(value, dict):
        pairs = sorted((str(key), one) for key, one in value.items())
        return {normalise(key): normalise(one) for key, one in pairs if key not in own_tags}
    if isinstance(value, (list, tuple)):
        return [normalise(one) for one in value]
    if isinstance(value, (bool, type(None))):
        return value
    if isinstance(value, float):
        return repr(value) if value != value or abs(value) > 1e300 else round(value, 9)
    if isinstance(value, int):
        return 'time' if value > 1_500_000_000_000 else value
    text = re.sub(r'\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?', 'time', str(value))
    return re.sub(r'\b[0-9a-f]{32}\b|(?<=m-)[0-9a-f]{32}', label, text)


def label(match):
    return labels.setdefault(match.group(), f'id{len(labels)}')


def fields(entity, *without):
    return {name: plain(value) for name, value in dict(entity).items() if name not in without}


def plain(value):
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    try:
        return {name: plain(one) for name, one in dict(value).items()}
    except (TypeError, ValueError):
        return str(value)


def run_fields(run):
    data, info = run.data, run.info
    return {
        'info': fields(info),
        'metrics': data.metrics,
        'params': data.params,
        'tags': data.tags,
        'datasets': [
            [one.dataset.name, one.dataset.source_type, one.dataset.digest, one.dataset.profile, {t.key: t.value for t in one.tags}]
            for one in run.inputs.dataset_inputs
        ],
        'models': [one.model_id for one in run.inputs.model_inputs],
        'outputs': [[one.model_id, one.step] for one in run.outputs.model_outputs] if run.outputs else [],
    }


def tree(run_id, path=None):
    found = []
    for one in client.list_artifacts(run_id, path):
        found.append([one.path, one.is_dir, None if one.path.endswith(('.html', '.png')) else one.file_size or None])
        if one.is_dir:
            found += tree(run_id, one.path)
    return found


def names(found):
    return [one.info.run_name for one in found]


# --- experiments ------------------------------------------------------------------------------

credit = client.create_experiment('credit', tags={'team': 'risk', 'note': 'ü \U0001f600'})
other = client.create_experiment('other/über', artifact_location=None)
third = client.create_experiment('third')


@step('experiments are read by id and by name')
def _():
    return [fields(client.get_experiment(credit)), fields(client.get_experiment_by_name('other/über')), client.get_experiment_by_name('none')]


@step('an experiment is renamed, tagged, deleted and restored')
def _():
    client.rename_experiment(third, 'third again')
    client.set_experiment_tag(third, 'a', '1')
    client.set_experiment_tag(third, 'a', '2')
    client.set_experiment_tag(third, 'b', '')
    client.delete_experiment_tag(third, 'b')
    client.delete_experiment(third)
    deleted = fields(client.get_experiment(third))
    listed = [one.name for one in client.search_experiments(view_type=ViewType.DELETED_ONLY)]
    client.restore_experiment(third)
    return [deleted, listed, fields(client.get_experiment(third))]


failures = {
    'a taken name': lambda: client.create_experiment('credit'),
    'a missing experiment': lambda: client.get_experiment('987654'),
    'a deletion of a missing experiment': lambda: client.delete_experiment('987654'),
    'a restoration of an active experiment': lambda: client.restore_experiment(credit),
    'an empty name': lambda: client.create_experiment(''),
    'a long name': lambda: client.create_experiment('x' * 501),
    'a missing tag of an experiment': lambda: client.delete_experiment_tag(credit, 'none'),
    'a run in a missing experiment': lambda: client.create_run('987654'),
    'a missing run': lambda: client.get_run('0' * 32),
    'a metric of a missing run': lambda: client.log_metric('0' * 32, 'a', 1),
    'a search in too many runs': lambda: client.search_runs([credit], max_results=50_001),
    'a token that is none': lambda: client.search_runs([credit], page_token='???'),
}
for name, call in failures.items():
    step(f'{name} is refused')(call)

# --- runs by the client: explicit times, so that every order is known ----------------------------

runs = []
for i in range(6):
    created = client.create_run(
        credit,
        start_time=1_600_000_000_000 + i,
        run_name=f'run {i}',
        tags={'mlflow.user': 'ada', 'parity': 'even' if i % 2 == 0 else 'odd', 'a b.c/d': str(i)},
    )
    run_id = created.info.run_id
    runs.append(run_id)
    client.log_batch(
        run_id,
        metrics=[Metric('loss', 1 / (i + 1) + s, 1_600_000_001_000 + s, s) for s in (2, 1, 0)] + [Metric('acc/val', i / 10, 1_600_000_002_000, 0)],
        params=[Param('depth', str(i)), Param('kind', ['tree', 'linear', 'Tree'][i % 3])],
        tags=[RunTag('stage', 'train')],
    )
    client.set_terminated(run_id, ['FINISHED', 'FAILED', 'KILLED'][i % 3], end_time=1_600_000_100_000 + 10 * i)
client.log_metric(runs[0], 'odd', float('nan'), timestamp=1, step=0)
client.log_metric(runs[1], 'odd', 2.5, timestamp=1, step=-3)
client.log_param(runs[0], 'empty', '')


@step('runs are read whole')
def _():
    return [run_fields(client.get_run(run_id)) for run_id in runs]


@step('a history comes whole and in order')
def _():
    return [[m.key, m.value, m.timestamp, m.step] for m in client.get_metric_history(runs[0], 'loss')]


@step('a history of a metric that is not there is empty')
def _():
    return client.get_metric_history(runs[0], 'none')


@step('a metric keeps the value of its highest step')
def _():
    client.log_metric(runs[5], 'loss', 9, timestamp=1_600_000_009_000, step=1)
    before = client.get_run(runs[5]).data.metrics['loss']
    client.log_metric(runs[5], 'loss', 8, timestamp=1_600_000_009_000, step=7)
    return [before, client.get_run(runs[5]).data.metrics['loss'], len(client.get_metric_history(runs[5], 'loss'))]


@step('a run is renamed, tagged, reopened and ended')
def _():
    client.update_run(runs[4], status='RUNNING', name='renamed')
    client.set_tag(runs[4], 'x', '1')
    client.set_tag(runs[4], 'x', '2')
    client.set_tag(runs[4], 'y', 'é')
    client.delete_tag(runs[4], 'y')
    running = run_fields(client.get_run(runs[4]))
    client.set_terminated(runs[4], end_time=1_600_000_100_040)
    client.update_run(runs[4], name='run 4')
    return [running, run_fields(client.get_run(runs[4]))]


@step('a deleted run takes no writes until it is restored')
def _():
    client.delete_run(runs[3])
    found = []
    for call in (
        lambda: client.log_metric(runs[3], 'a', 1),
        lambda: client.log_param(runs[3], 'a', 1),
        lambda: client.set_tag(runs[3], 'a', '1'),
        lambda: client.log_batch(runs[3], params=[Param('a', '1')]),
    ):
        try:
            found.append(call())
        except MlflowException as error:
            found.append([error.error_code, message_of(error)])
    stage = client.get_run(runs[3]).info.lifecycle_stage
    views = [names(client.search_runs([credit], run_view_type=view, order_by=['start_time ASC'])) for view in (1, 2, 3)]
    client.restore_run(runs[3])
    return [found, stage, views, client.get_run(runs[3]).info.lifecycle_stage]


failures = {
    'a changed param': lambda: client.log_param(runs[0], 'depth', '7'),
    'a changed param of a batch': lambda: client.log_batch(runs[0], params=[Param('depth', '7')]),
    'a param twice in a batch': lambda: client.log_batch(runs[0], params=[Param('new', '7'), Param('new', '8')]),
    'a bad metric name': lambda: client.log_metric(runs[0], 'a:b;c', 1),
    'a path as a metric name': lambda: client.log_metric(runs[0], '../a', 1),
    'an empty metric name': lambda: client.log_metric(runs[0], '', 1),
    'a long tag name': lambda: client.set_tag(runs[0], 'x' * 251, 'a'),
    'a missing tag of a run': lambda: client.delete_tag(runs[0], 'none'),
    'artifacts outside of a run': lambda: client.list_artifacts(runs[0], '../..'),
    'a download of what is not there': lambda: client.download_artifacts(runs[0], 'none.txt'),
}
for name, call in failures.items():
    step(f'{name} is refused')(call)

# --- searches ------------------------------------------------------------------------------------

run_filters = [
    '', "params.depth = '3'", "params.kind != 'linear'", "params.kind LIKE 't%'", "params.kind ILIKE 't%'", "params.kind LIKE '%r_e'",
    "params.kind IN ('tree', 'linear')", "params.kind NOT IN ('tree')", "params.none = '1'", "params.none != '1'",
    'metrics.loss < 2.3', 'metrics.loss >= 2.25 and metrics.loss <= 3', 'metrics.loss = 3', 'metrics.loss != 3', 'metrics.`acc/val` > 0.2',
    'metrics."acc/val" <= 0.2', 'metrics.odd > 0', 'metrics.none > 0', "tags.parity = 'odd'", "tags.`a b.c/d` = '4'", "tags.parity LIKE 'e%' AND metrics.loss < 2.6",
    "tag.stage = 'train'", "attributes.status = 'FINISHED'", "status != 'FINISHED'", "attribute.run_name = 'run 1'", "run_name LIKE 'RUN%'", "run_name ILIKE 'RUN%'",
    'start_time > 1600000000002', 'attributes.end_time <= 1600000100020', "user_id = 'ada'", "attributes.lifecycle_stage = 'active'", 'experiment_id = 1',
    f"run_id = '{runs[2]}'", f"run_id IN ('{runs[2]}', '{runs[4]}')", f"attributes.artifact_uri LIKE '%{runs[1]}%'",
    "params.depth = 3", "metrics.loss = 'a'", 'loss < 1', "tags.parity > 'a'", 'metrics.loss <', "start_time = 'a'", "params.kind = 'tree' OR", "status LIKE", 'params.', "foo.bar = '1'",
]
for text in run_filters:
    step(f'runs by {re.sub("[0-9a-f]{32}", "id", text)!r}')(lambda: names(client.search_runs([credit], filter_string=text, order_by=['start_time ASC'])))

run_orders = [
    [], ['metrics.loss'], ['metrics.loss DESC'], ['metrics.odd ASC'], ['metrics.odd DESC'], ['params.kind', 'start_time DESC'], ['tags.parity DESC', 'metrics.`acc/val` DESC'],
    ['attributes.run_name DESC'], ['end_time'], ['attribute.status', 'run_name'], ['start_time asc'], ['metrics.none'], ['none'], ['metrics.loss UP'], ['params.depth DESC'],
]
for order in run_orders:
    step(f'runs in the order {order}')(lambda: names(client.search_runs([credit], order_by=order)))


@step('pages join to the whole')
def _():
    pages, token = [], None
    while True:
        page = client.search_runs([credit], max_results=2, order_by=['metrics.loss DESC'], page_token=token)
        pages.append(names(page))
        token = page.token
        if not token:
            return pages


@step('a search as a table')
def _():
    table = mlflow.search_runs([credit], filter_string="tags.parity = 'odd'", order_by=['start_time'])
    return {column: [str(value) for value in table[column]] for column in sorted(table.columns)}


experiment_filters = [
    '', "name = 'credit'", "name != 'credit'", "name LIKE 'cre%'", "name ILIKE 'CRE%'", "tags.team = 'risk'", "tags.team != 'risk'", "tags.team LIKE 'r%'", 'creation_time > 0',
    'last_update_time > 0', "attributes.name = 'credit' AND tags.team = 'risk'", "tags.none = '1'", 'nothing = 1', "name > 'a'", "name = credit", "tags.`team` = 'risk'",
]
for text in experiment_filters:
    step(f'experiments by {text!r}')(lambda: [one.name for one in client.search_experiments(filter_string=text, order_by=['name ASC'])])

for order in (['name'], ['name DESC'], ['experiment_id DESC'], ['creation_time', 'name'], ['none'], ['name UP']):
    step(f'experiments in the order {order}')(lambda: [one.name for one in client.search_experiments(order_by=order)])

# --- the fluent way: nested runs, datasets, tables, images, figures, models ----------------------

mlflow.set_experiment('fluent')
frame = pd.DataFrame({'a': [0.0, 1.0, 2.0, 3.0, 4.0, 5.0], 'b': [1.0, 0.0, 1.0, 0.0, 1.0, 0.0]})
target = np.array([0, 0, 0, 1, 1, 1])

with mlflow.start_run(run_name='parent', tags={'level': '0'}, description='about the *parent*') as parent:
    mlflow.log_params({'a': 1, 'b': None, 'c': [1, 2], 'd': 'x' * 500})
    mlflow.log_metrics({'m': 1, 'n': 2.5}, step=3, timestamp=1_600_000_000_000)
    mlflow.set_tags({'t': 1, 'u': None})
    mlflow.log_text('text é', 'texts/über uns.txt')
    mlflow.log_dict({'a': [1, 2.5, None]}, 'data.json')
    mlflow.log_dict({'a': {'b': 1}}, 'data.yaml')
    mlflow.log_table({'question': ['q1', 'q2'], 'answer': ['a1', 'a2']}, 'table.json')
    mlflow.log_table({'question': ['q3'], 'answer': ['a3']}, 'table.json')
    mlflow.log_image(Image.new('RGB', (4, 3), (255, 0, 0)), 'images/red.png')
    mlflow.log_text('', 'empty.txt')
    mlflow.log_input(mlflow.data.from_pandas(frame, name='frame', targets='b'), context='training', tags={'k': 'v'})
    mlflow.log_input(mlflow.data.from_numpy(frame.to_numpy(), name='array'), context='eval')
    figure = matplotlib.figure.Figure()
    figure.subplots().plot([1, 2])
    mlflow.log_figure(figure, 'figure.png')
    for i in range(2):
        with mlflow.start_run(run_name=f'child {i}', nested=True) as child:
            mlflow.log_metric('m', i, timestamp=1_600_000_000_000)
    with tempfile.TemporaryDirectory() as folder:
        for path in ('one.txt', 'sub/two.txt', 'sub/deep/drei ü.txt'):
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), 'w', encoding='utf-8') as file:
                file.write(path)
        mlflow.log_artifacts(folder, 'folder')
        mlflow.log_artifact(os.path.join(folder, 'one.txt'))
fluent = parent.info.experiment_id
parent_id = parent.info.run_id


@step('a run with everything is read whole')
def _():
    return run_fields(client.get_run(parent_id))


@step('its artifacts are listed')
def _():
    return tree(parent_id)


@step('its texts, dicts, tables and images come back')
def _():
    root = f'runs:/{parent_id}'
    return [
        mlflow.artifacts.load_text(f'{root}/texts/über uns.txt'),
        mlflow.artifacts.load_dict(f'{root}/data.json'),
        mlflow.load_table('table.json', run_ids=[parent_id]).to_dict('list'),
        mlflow.artifacts.load_image(f'{root}/images/red.png').getpixel((0, 0)),
        mlflow.artifacts.load_text(f'{root}/empty.txt'),
    ]


@step('a folder comes back')
def _():
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(f'runs:/{parent_id}/folder', dst_path=folder)
        return sorted(os.path.relpath(os.path.join(at, name), path) for at, _, files in os.walk(path) for name in files)


@step('children are found by their parent')
def _():
    found = client.search_runs([fluent], f"tags.mlflow.parentRunId = '{parent_id}'", order_by=['run_name'])
    return [[one.info.run_name, one.data.tags['mlflow.parentRunId']] for one in found]


@step('runs are found by their datasets')
def _():
    return [
        names(client.search_runs([fluent], text))
        for text in ("dataset.name = 'frame'", "datasets.name LIKE 'arr%'", "dataset.context = 'training'", "dataset.name = 'none'", f"dataset.digest = '{client.get_run(parent_id).inputs.dataset_inputs[0].dataset.digest}'")
    ]


@step('a folder of a run is deleted')
def _():
    get_artifact_repository(client.get_run(parent_id).info.artifact_uri).delete_artifacts('folder')
    return [one.path for one in client.list_artifacts(parent_id)]


def make_graph():
    """y = a + 2b, as float32 [N, 1]."""
    weights = helper.make_tensor('w', TensorProto.FLOAT, [2, 1], [1.0, 2.0])
    node = helper.make_node('MatMul', ['x', 'w'], ['y'])
    graph = helper.make_graph(
        [node],
        'g',
        [helper.make_tensor_value_info('x', TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info('y', TensorProto.FLOAT, [None, 1])],
        [weights],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=8)


requirements = ['mlflow', 'onnx', 'onnxruntime']
array = frame.to_numpy(dtype=np.float32)
with mlflow.start_run(run_name='onnx') as logged:
    info = mlflow.onnx.log_model(
        make_graph(),
        name='graph',
        signature=infer_signature(array, array[:, :1]),
        input_example=array[:2],
        registered_model_name='graph',
        pip_requirements=requirements,
        params={'p': 1},
        tags={'t': 'x'},
        metadata={'m': 1},
    )
    mlflow.log_metric('accuracy', 0.75, model_id=info.model_id, timestamp=1_600_000_000_000)
graph_id = info.model_id
graph_run = logged.info.run_id


@step('a logged model is read whole')
def _():
    return fields(client.get_logged_model(graph_id)) | {'metrics': [[m.key, m.value] for m in client.get_logged_model(graph_id).metrics]}


@step('the run knows its model')
def _():
    return run_fields(client.get_run(graph_run))


@step('the model is registered with its source')
def _():
    return [fields(client.get_model_version('graph', '1')), fields(client.get_registered_model('graph'), 'latest_versions')]


@step('its files are listed')
def _():
    return [[one.path, one.is_dir] for one in client.list_logged_model_artifacts(graph_id)]


def predict(uri):
    return mlflow.pyfunc.load_model(uri).predict(array)['y'].ravel().tolist()


client.set_registered_model_alias('graph', 'champion', '1')
for uri in (f'models:/{graph_id}', 'models:/graph/1', 'models:/graph@champion', 'models:/graph/latest', f'runs:/{graph_run}/graph'):
    step(f'it predicts from {re.sub("[0-9a-f]{32}", "id", uri)}')(lambda: predict(uri))

step('it loads as the graph it was')(lambda: [one.name for one in mlflow.onnx.load_model('models:/graph@champion').graph.output])
step('a missing alias is refused')(lambda: predict('models:/graph@nobody'))
step('a missing version is refused')(lambda: predict('models:/graph/99'))

mlflow.sklearn.autolog(log_input_examples=True)
with mlflow.start_run(run_name='autologged') as autologged:
    LogisticRegression(C=0.5, max_iter=50).fit(frame, target)
mlflow.sklearn.autolog(disable=True)
auto_id = autologged.info.run_id


@step('scikit-learn logs by itself')
def _():
    found = run_fields(client.get_run(auto_id))
    return found | {'metrics': {key: round(value, 6) for key, value in found['metrics'].items()}}


@step('the artifacts of the autologged run')
def _():
    return tree(auto_id)


@step('the autologged model predicts')
def _():
    found = client.search_logged_models([fluent], filter_string=f"source_run_id = '{auto_id}'")
    return [mlflow.sklearn.load_model(one.model_uri).predict(frame).tolist() for one in found]


# --- logged models --------------------------------------------------------------------------------

made = []
for i, status in enumerate(['READY', 'FAILED', 'READY']):
    model = client.create_logged_model(credit, name=f'logged{i}', source_run_id=runs[i], tags={'i': str(i), 'k': 'v'}, params={'depth': str(i)}, model_type='Agent' if i else None)
    client.finalize_logged_model(model.model_id, status)
    client.log_batch(runs[i], metrics=[Metric('score', i / 4, 1_600_000_000_000, 0, model_id=model.model_id)])
    made.append(model.model_id)

logged_filters = [
    None, "name = 'logged1'", "name != 'logged1'", "name LIKE 'logged%'", "name ILIKE 'LOGGED%'", 'metrics.score > 0.2', 'metrics.score <= 0.25', "params.depth = '2'", "params.depth != '2'",
    "tags.i = '1'", "tags.k = 'v' AND metrics.score >= 0.25", "model_type = 'Agent'", f"source_run_id = '{runs[0]}'", f"model_id = '{made[2]}'", "attributes.name = 'logged0'",
    'creation_timestamp > 0', "tags.none = '1'", 'metrics.none > 1', "name = ", 'score > 1',
]
for text in logged_filters:
    step(f'logged models by {re.sub("[0-9a-f]{32}", "id", str(text))!r}')(
        lambda: [one.name for one in client.search_logged_models([credit], filter_string=text, order_by=[{'field_name': 'name', 'ascending': True}])]
    )
for order in ([{'field_name': 'metrics.score', 'ascending': False}], [{'field_name': 'metrics.score', 'ascending': True}], [{'field_name': 'name', 'ascending': False}]):
    step(f'logged models in the order {order}')(lambda: [one.name for one in client.search_logged_models([credit], order_by=order)])


@step('logged models are changed and deleted')
def _():
    client.set_logged_model_tags(made[0], {'z': '1', 'i': '7'})
    client.delete_logged_model_tag(made[0], 'k')
    changed = fields(client.get_logged_model(made[0]), 'metrics')
    client.delete_logged_model(made[0])
    return [changed, [one.name for one in client.search_logged_models([credit], order_by=[{'field_name': 'name', 'ascending': True}])]]


failures = {
    'a deleted logged model': lambda: client.get_logged_model(made[0]),
    'a missing logged model': lambda: client.get_logged_model('m-' + '0' * 32),
    'a tag of a logged model that is not there': lambda: client.delete_logged_model_tag(made[1], 'none'),
    'a name of a logged model with a slash': lambda: client.create_logged_model(credit, name='a/b'),
}
for name, call in failures.items():
    step(f'{name} is refused')(call)

# --- the registry -----------------------------------------------------------------------------------

client.create_registered_model('scores', tags={'team': 'risk'}, description='about')
client.create_registered_model('Scores-2', tags={'team': 'web'})
for i in range(4):
    client.create_model_version('scores', f's3://bucket/model{i}', run_id=runs[i], tags={'i': str(i)}, description=f'version {i + 1}')
client.create_model_version('Scores-2', f'models:/{made[1]}', model_id=made[1])
client.copy_model_version('models:/scores/2', 'copied')


@step('versions have stages')
def _():
    found = [fields(client.transition_model_version_stage('scores', '1', 'Production'))]
    client.transition_model_version_stage('scores', '2', 'staging')
    client.transition_model_version_stage('scores', '3', 'Production', archive_existing_versions=True)
    found.append([[one.version, one.current_stage] for one in client.search_model_versions("name = 'scores'")])
    found.append(sorted([one.version, one.current_stage] for one in client.get_latest_versions('scores')))
    found.append(sorted([one.version, one.current_stage] for one in client.get_latest_versions('scores', ['Production', 'Staging'])))
    return found


@step('aliases move')
def _():
    client.set_registered_model_alias('scores', 'champion', '1')
    client.set_registered_model_alias('scores', 'challenger', '2')
    first = client.get_model_version_by_alias('scores', 'champion').version
    client.set_registered_model_alias('scores', 'champion', '2')
    second = client.get_model_version_by_alias('scores', 'champion')
    client.delete_registered_model_alias('scores', 'challenger')
    return [first, fields(second), client.get_registered_model('scores').aliases]


@step('lists of versions tell no aliases')
def _():
    listed = client.search_model_versions("name = 'scores'")
    return [list(one.aliases) for one in [*listed, *client.get_registered_model('scores').latest_versions]]


@step('models and versions are described and tagged')
def _():
    client.update_registered_model('scores', 'changed')
    client.update_model_version('scores', '1', 'changed too')
    client.set_registered_model_tag('scores', 'k', 'v')
    client.delete_registered_model_tag('scores', 'team')
    client.set_model_version_tag('scores', '1', 'k', 'v')
    client.delete_model_version_tag('scores', '1', 'i')
    return [fields(client.get_registered_model('scores'), 'latest_versions'), fields(client.get_model_version('scores', '1'))]


@step('a copy knows where it is from')
def _():
    return [fields(client.get_model_version('copied', '1')), client.get_model_version_download_uri('copied', '1'), client.get_model_version_download_uri('scores', '4')]


model_filters = [None, "name = 'scores'", "name LIKE 'sco%'", "name ILIKE 'SCO%'", "name != 'scores'", "tags.k = 'v'", "tags.team = 'web'", "tags.team != 'web'", "tags.k LIKE 'v%'", "none = 'a'", "name > 'a'", "name = 'scores' AND tags.k = 'v'"]
for text in model_filters:
    step(f'registered models by {text!r}')(lambda: [one.name for one in client.search_registered_models(text, order_by=['name ASC'])])
for order in (['name'], ['name DESC'], ['none']):
    step(f'registered models in the order {order}')(lambda: [one.name for one in client.search_registered_models(order_by=order)])

version_filters = [
    None, "name = 'scores'", "name LIKE 's%'", "name ILIKE 'S%'", f"run_id = '{runs[1]}'", f"run_id IN ('{runs[0]}', '{runs[3]}')", "source_path = 's3://bucket/model2'", "version_number = 2", 'version_number >= 3',
    "tags.i = '3'", "tags.i != '3'", "name = 'scores' AND tags.k = 'v'", "source_path LIKE '%model%'", "none = 'a'", "version_number LIKE '1'", 'run_id > 1', "name != 'scores'",
]
for text in version_filters:
    step(f'versions by {re.sub("[0-9a-f]{32}", "id", str(text))!r}')(lambda: [[one.name, one.version] for one in client.search_model_versions(text, order_by=['name ASC', 'version_number ASC'])])
for order in (['version_number DESC', 'name'], ['name DESC', 'version_number'], ['none']):
    step(f'versions in the order {order}')(lambda: [[one.name, one.version] for one in client.search_model_versions(order_by=order)])

failures = {
    'a taken name of a model': lambda: client.create_registered_model('scores'),
    'a missing model': lambda: client.get_registered_model('none'),
    'a name of a model with a slash': lambda: client.create_registered_model('a/b'),
    'a version of a missing model': lambda: client.create_model_version('none', 's3://b/m'),
    'a missing version of a model': lambda: client.get_model_version('scores', '99'),
    'a source inside a server': lambda: client.create_model_version('scores', '/etc'),
    'a source by file': lambda: client.create_model_version('scores', 'file:///etc'),
    'a source that climbs': lambda: client.create_model_version('scores', 's3://b/../../etc'),
    'a stage that is none': lambda: client.transition_model_version_stage('scores', '1', 'Nowhere'),
    'a reserved alias': lambda: client.set_registered_model_alias('scores', 'latest', '1'),
    'an alias like a version': lambda: client.set_registered_model_alias('scores', 'v1', '1'),
    'an alias of a missing version': lambda: client.set_registered_model_alias('scores', 'a', '99'),
    'an alias that is not there': lambda: client.get_model_version_by_alias('scores', 'nobody'),
    'a new name that is taken': lambda: client.rename_registered_model('scores', 'copied'),
}
for name, call in failures.items():
    step(f'{name} is refused')(call)


@step('a model is renamed and deleted')
def _():
    client.delete_model_version('scores', '4')
    client.rename_registered_model('scores', 'renamed')
    found = [[one.version, one.current_stage] for one in client.search_model_versions("name = 'renamed'")]
    champion = client.get_model_version_by_alias('renamed', 'champion').version
    client.delete_registered_model('renamed')
    return [found, champion, sorted(one.name for one in client.search_registered_models())]


@step('a deleted model is gone')
def _():
    return client.get_model_version('renamed', '1')


with open(sys.argv[1], 'w', encoding='utf-8') as output:
    json.dump(answers, output, ensure_ascii=False)
