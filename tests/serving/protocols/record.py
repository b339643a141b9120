"""
Asks a server of somebody else the questions of questions.jsonl and writes down what it answers: status, type and shape.

    python -m venv venv && venv/bin/pip install mlserver==1.7.1
    venv/bin/python record.py mlserver        # writes mlserver.jsonl
    python -m venv venv && venv/bin/pip install kserve==0.21.0
    venv/bin/python record.py kserve          # writes kserve.jsonl

The model behind both is the one of serve-model.ts: age / 200 + (late ? 0.25 : 0) + (town 3: 0.25).
"""

import base64
import http.client
import importlib.metadata
import json
import os
import pathlib
import platform
import socket
import subprocess
import sys
import tempfile
import time

here = pathlib.Path(__file__).resolve().parent
names = ['age', 'debt', 'late', 'town']


def score(columns):
    import numpy as np

    age, _, late, town = [np.asarray(column, dtype=np.float64).reshape(-1) for column in columns]
    return (age / 200 + late * 0.25 + (town == 3) * 0.25).astype(np.float32)


def columns_of(tensors):
    """One tensor 'input' of all columns, or one for each."""
    if 'input' in tensors:
        return list(tensors['input'].reshape(-1, len(names)).T)
    return [tensors[name] for name in names]


mlserver_model = '''
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceResponse
from record import columns_of, score

class Loans(MLModel):
    async def predict(self, payload):
        tensors = {each.name: NumpyCodec.decode_input(each) for each in payload.inputs}
        output = NumpyCodec.encode_output('probability', score(columns_of(tensors)))
        return InferenceResponse(
            model_name=self.name, model_version=self.version, id=payload.id, outputs=[output]
        )
'''

kserve_server = '''
import sys
import kserve
from kserve import InferOutput, InferRequest, InferResponse
from record import columns_of, names, score

class Loans(kserve.Model):
    def load(self):
        self.ready = True
        return True

    def predict(self, payload, headers=None, response_headers=None):
        if not isinstance(payload, InferRequest):
            rows = payload['instances']
            columns = [[row[i] for row in rows] for i in range(len(names))]
            return {'predictions': score(columns).astype(float).tolist()}
        tensors = {each.name: each.as_numpy() for each in payload.inputs}
        values = score(columns_of(tensors))
        output = InferOutput('probability', list(values.shape), 'FP32')
        output.set_data_from_numpy(values, binary_data=False)
        return InferResponse(
            payload.id or 'none',
            self.name,
            [output],
            use_binary_outputs=payload.use_binary_outputs,
            requested_outputs=payload.request_outputs,
        )

model = Loans('loans')
model.load()
kserve.ModelServer(http_port=int(sys.argv[1]), enable_grpc=False).start([model])
'''


def free_port():
    with socket.socket() as taken:
        taken.bind(('127.0.0.1', 0))
        return taken.getsockname()[1]


def start(server, folder):
    port = free_port()
    env = {**os.environ, 'PYTHONPATH': f'{here}:{folder}'}
    if server == 'kserve':
        pathlib.Path(folder, 'served.py').write_text(kserve_server)
        command = [sys.executable, 'served.py', str(port)]
    else:
        pathlib.Path(folder, 'loans.py').write_text(mlserver_model)
        settings = {
            'host': '127.0.0.1',
            'http_port': port,
            'grpc_port': free_port(),
            'metrics_port': free_port(),
            'parallel_workers': 0,
        }
        model = {
            'name': 'loans',
            'implementation': 'loans.Loans',
            'parameters': {'version': '3'},
            'inputs': [{'name': 'input', 'datatype': 'FP32', 'shape': [-1, 4]}],
            'outputs': [{'name': 'probability', 'datatype': 'FP32', 'shape': [-1]}],
        }
        pathlib.Path(folder, 'settings.json').write_text(json.dumps(settings))
        pathlib.Path(folder, 'model-settings.json').write_text(json.dumps(model))
        command = [str(pathlib.Path(sys.executable).with_name('mlserver')), 'start', '.']
    log = open(pathlib.Path(folder, 'log'), 'w')
    process = subprocess.Popen(command, cwd=folder, env=env, stdout=log, stderr=log)
    for _ in range(120):
        if process.poll() is not None:
            break
        try:
            if ask(port, {'path': '/v2/health/ready'})['status'] == 200:
                return process, port
        except OSError:
            pass
        time.sleep(0.5)
    process.kill()
    sys.exit(pathlib.Path(folder, 'log').read_text())


def body_of(question):
    """Text as it is, anything else as JSON, bytes of tensors behind it."""
    body = question.get('body')
    if body is None:
        return b'', {}
    head = (body if isinstance(body, str) else json.dumps(body)).encode()
    if 'tail' not in question:
        return head, {}
    # As KServe's own client.
    type = {'Content-Type': 'application/octet-stream'}
    tail = base64.b64decode(question['tail'])
    return head + tail, {**type, 'Inference-Header-Content-Length': str(len(head))}


def ask(port, question):
    body, described = body_of(question)
    headers = {'Content-Type': 'application/json', **described, **question.get('headers', {})}
    connection = http.client.HTTPConnection('127.0.0.1', port, timeout=20)
    connection.request(question.get('method', 'GET'), question['path'], body, headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    size = response.getheader('inference-header-content-length')
    answer = {
        'status': response.status,
        'type': (response.getheader('content-type') or '').split(';')[0],
    }
    head = content if size is None else content[: int(size)]
    if size is not None:
        answer['tailBytes'] = len(content) - int(size)
    try:
        answer['body'] = shape_of(json.loads(head))
    except ValueError:
        answer['body'] = 'text' if head else 'nothing'
    return answer


def shape_of(value):
    if isinstance(value, dict):
        return {name: shape_of(member) for name, member in value.items()}
    if isinstance(value, list):
        return [shape_of(value[0]), len(value)] if value else []
    if value is None:
        return 'null'
    return {bool: 'boolean', str: 'string', int: 'number', float: 'number'}[type(value)]


def main(server):
    lines = (here / 'questions.jsonl').read_text().splitlines()
    questions = [json.loads(line) for line in lines]
    with tempfile.TemporaryDirectory() as folder:
        process, port = start(server, folder)
        try:
            answers = [
                {'name': question['name'], **ask(port, question)}
                for question in questions
                if server in question.get('servers', [server])
            ]
        finally:
            process.terminate()
            process.wait()
    version = importlib.metadata.version(server)
    head = {'recorded': f'{server} {version}, Python {platform.python_version()}, by record.py'}
    text = ''.join(json.dumps(line) + '\n' for line in [head, *answers])
    (here / f'{server}.jsonl').write_text(text)


if __name__ == '__main__':
    main(sys.argv[1])
