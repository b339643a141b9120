/** MLflow's own scoring server and ours on one model folder, asked by MLflow's own client: one answer. */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import { openPredictor } from '../../src/model/index.ts'
import { serveModel } from '../serving/serve-model.ts'
import { drawRows, trainSmallModel } from '../serving/trained-model.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'mlflow')

interface Answers {
  readonly status: number
  readonly type: string
  readonly body: unknown
}

interface Compared {
  readonly cases: Readonly<Record<string, { readonly theirs: Answers; readonly ours: Answers }>>
  /** What MLflow's client got from our server for the frame. */
  readonly client: readonly { readonly probability: number }[]
}

describe("MLflow's scoring server", { skip: peer.skip }, () => {
  test('answers as ours does, and its client is content with ours', async () => {
    await using model = await trainSmallModel('boosting')
    await using server = await serveModel({ predictor: await openPredictor(model.directory) })
    const rows = drawRows(5, 40)
    const { cases, client } = await compare({
      address: server.address,
      folder: model.directory,
      rows,
    })
    assert.ok(Object.keys(cases).length >= 15)
    for (const [name, { theirs, ours }] of Object.entries(cases)) {
      assert.equal(ours.status, theirs.status, name)
      assert.equal(ours.type, theirs.type, name)
      if (theirs.status === 200) assertClose(ours.body, theirs.body, name)
      else assert.deepEqual(errorCode(ours.body), errorCode(theirs.body), name)
    }
    assert.equal(client.length, 40)
    assertClose({ predictions: client }, cases['split']!.ours.body, 'client')
  })
})

/** Their evaluator and ours differ in the last bits. */
function assertClose(ours: unknown, theirs: unknown, name: string): void {
  const [a, b] = [probabilities(ours), probabilities(theirs)]
  assert.equal(a.length, b.length, name)
  for (const [i, value] of a.entries()) assert.ok(Math.abs(value - b[i]!) <= 1e-6, name)
}

function probabilities(body: unknown): readonly number[] {
  if (typeof body !== 'object' || body === null || !('predictions' in body)) return []
  const { predictions } = body as { predictions: readonly { probability: number }[] }
  return predictions.map(({ probability }) => probability)
}

/** MLflow has two codes for what does not fit; both are 400. */
function errorCode(body: unknown): unknown {
  const { error_code: code } = body as { error_code?: string }
  return code === 'INVALID_PARAMETER_VALUE' ? 'BAD_REQUEST' : code
}

async function compare(question: object): Promise<Compared> {
  const child = spawn(peer.python, ['-c', program], {
    env: { ...process.env, NO_PROXY: '127.0.0.1' },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stdin.end(JSON.stringify(question))
  const [code] = (await once(child, 'close')) as [number]
  assert.equal(code, 0)
  return JSON.parse(Buffer.concat(output).toString()) as Compared
}

const program = `
import json, sys, socket, threading, time
import mlflow.pyfunc, pandas, requests, uvicorn
from mlflow.pyfunc import scoring_server
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
asked = json.load(sys.stdin)
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
port = listener.getsockname()[1]
app = scoring_server.init(mlflow.pyfunc.load_model(asked['folder']))
server = uvicorn.Server(uvicorn.Config(app, log_level='critical'))
threading.Thread(target=server.run, kwargs={'sockets': [listener]}, daemon=True).start()
while not server.started:
    time.sleep(0.02)
frame = pandas.DataFrame(asked['rows'])
assert frame.isna().sum().sum() > 3
records, columns = asked['rows'], list(frame.columns)
first, lists = records[0], frame.astype(float).values.tolist()
JSON = 'application/json'
cases = {
    'split': (JSON, {'dataframe_split': {'columns': columns, 'data': lists}}),
    'pandas': (JSON, {'dataframe_split': json.loads(frame.to_json(orient='split'))}),
    'records': (JSON, {'dataframe_records': records}),
    'instances': (JSON, {'instances': records}),
    'instances of columns': (JSON, {'instances': {c: [row[c] for row in records] for c in columns}}),
    'inputs of columns': (JSON, {'inputs': {c: [row[c] for row in records] for c in columns}}),
    'one row': (JSON, {'inputs': first}),
    'params': (JSON + '; charset=utf-8', {'dataframe_records': records, 'params': {'a': 1}}),
    'csv': ('text/csv', frame.to_csv(index=False)),
    'csv with an index': ('text/csv', frame.to_csv()),
    'two forms': (JSON, {'instances': records, 'inputs': first}),
    'no form': (JSON, {}),
    'a list': (JSON, records),
    'not JSON': (JSON, '{'),
    'no records': (JSON, {'dataframe_records': []}),
    'records of a number': (JSON, {'dataframe_records': 3}),
    'a missing column': (JSON, {'dataframe_records': [{'age': 40}]}),
    'a word for a number': (JSON, {'dataframe_records': [{**first, 'age': 'old'}]}),
    'short rows': (JSON, {'dataframe_split': {'columns': columns, 'data': [[1]]}}),
    'an empty CSV': ('text/csv', ''),
    'another charset': (JSON + '; charset=latin1', {'dataframe_records': records}),
    'another parameter': (JSON + '; format=pandas-split', {'dataframe_records': records}),
    'another type': ('text/xml', '<a/>'),
}
def read(response):
    kind = response.headers['content-type'].split(';')[0]
    body = response.json() if kind == JSON and response.text[:1] in '{[' else response.text
    return {'status': response.status_code, 'type': kind, 'body': body}
addresses = {'theirs': 'http://127.0.0.1:%d' % port, 'ours': asked['address']}
told = {}
for name, (kind, body) in cases.items():
    data = body if isinstance(body, str) else json.dumps(body)
    told[name] = {who: read(requests.post(at + '/invocations', data=data, headers={'Content-Type': kind}))
                  for who, at in addresses.items()}
host, ours = asked['address'].rsplit(':', 1)
client = ScoringServerClient(host.removeprefix('http://'), int(ours))
client.wait_server_ready(timeout=5)
got = client.invoke(frame).get_predictions().to_dict('records')
json.dump({'cases': told, 'client': got}, sys.stdout)
`
