/** MLflow's Python client logs, lists, loads and deletes files on our server, large ones in parts. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { openServedStore, type ServedStore } from '../tracking/serve-store.ts'
import { openTemporaryFolder } from '../tracking/temporary-folder.ts'
import { clientEnvironment, peer } from './mlflow/real-server.ts'

/** Parts of 5 MiB, the least that the client takes, and files from 6 MiB on instead of 500. */
const smallParts = {
  MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE: String(5 * 1024 * 1024),
  MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE: String(6 * 1024 * 1024),
  MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE: String(1024 * 1024),
}

const prelude = `
import hashlib, json, os, sys
import mlflow
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
mlflow.set_tracking_uri(sys.argv[1])
folder = sys.argv[2]
client = mlflow.MlflowClient()
run_id = client.create_run('0').info.run_id
answers = {'run_id': run_id}
def write(path, content):
    path = os.path.join(folder, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    open(path, 'wb').write(content)
    return path
`

describe('files of the Python client', { skip: peer.skip, timeout: 200_000 }, () => {
  let served: ServedStore

  before(async () => {
    served = await openServedStore()
  })
  after(async () => {
    await served[Symbol.asyncDispose]()
    assert.deepEqual(served.failures, [])
  })

  test('come back byte for byte under names of every kind', async () => {
    const answers = await runPython(`
# It cuts names at '#' and '?', and sends '%25' as it stands: those never come whole, to any server.
names = ['plain.txt', 'ä ö.txt', 'a;b', 'a+b', 'a&b=c', "it's", '日本.bin', '-', '.hidden', '[x]{y}', '100% sure']
for i, name in enumerate(names):
    client.log_artifact(run_id, write('in/' + name, bytes([i, 0, 255]) * 100), 'deep/er')
client.log_artifact(run_id, write('in/empty', b''), 'deep')
client.log_text(run_id, 'text', 'note.html')
answers['listed'] = {
    path: sorted([f.path, f.is_dir, f.file_size] for f in client.list_artifacts(run_id, path))
    for path in ['', 'deep', 'deep/er', 'note.html', 'nothing']
}
got = download_artifacts(run_id=run_id, artifact_path='deep', dst_path=os.path.join(folder, 'out'))
answers['same'] = [open(os.path.join(got, 'er', n), 'rb').read() == bytes([i, 0, 255]) * 100 for i, n in enumerate(names)]
answers['empty'] = os.path.getsize(os.path.join(got, 'empty'))
`)
    assert.deepEqual(
      answers['same'],
      Array.from({ length: 11 }, () => true),
    )
    assert.equal(answers['empty'], 0)
    const listed = answers['listed'] as Readonly<Record<string, readonly unknown[][]>>
    assert.deepEqual(listed[''], [
      ['deep', true, null],
      ['note.html', false, 4],
    ])
    assert.deepEqual(listed['deep'], [
      ['deep/empty', false, 0],
      ['deep/er', true, null],
    ])
    assert.equal(listed['deep/er']?.length, 11)
    assert.deepEqual([listed['note.html'], listed['nothing']], [[], []])
  })

  test('that are large go up and come down in parts', async () => {
    const answers = await runPython(`
content = os.urandom(17 * 1024 * 1024 + 321)
client.log_artifact(run_id, write('in/big file.bin', content), 'data')
got = download_artifacts(run_id=run_id, artifact_path='data/big file.bin', dst_path=os.path.join(folder, 'out'))
answers['sent'] = hashlib.sha256(content).hexdigest()
answers['got'] = hashlib.sha256(open(got, 'rb').read()).hexdigest()
`)
    assert.equal(answers['got'], answers['sent'])
    const runId = String(answers['run_id'])
    const stored = await served.store.readArtifacts(runId, 'data')
    const hash = createHash('sha256').update(stored.get('big file.bin')!).digest('hex')
    assert.equal(hash, answers['sent'])
    // It went by parts: the upload is remembered, its parts are gone.
    const uploads = await readdir(join(served.directory, 'uploads'), { withFileTypes: true })
    const [upload, ...others] = uploads.filter((entry) => entry.isDirectory())
    assert.deepEqual(others, [])
    const left = await readdir(join(served.directory, 'uploads', upload!.name))
    assert.ok(left.includes('upload.json'))
    assert.deepEqual(
      left.filter((name) => name.startsWith('part')),
      [],
    )
  })

  test('are deleted, alone and by the folder', async () => {
    const answers = await runPython(`
for name in ['a/one', 'a/two', 'b']:
    client.log_artifact(run_id, write('in/' + name, b'x'), os.path.dirname(name) or None)
repository = get_artifact_repository(client.get_run(run_id).info.artifact_uri)
listed = lambda: [sorted(f.path for f in client.list_artifacts(run_id, path)) for path in ['', 'a']]
answers['all'] = listed()
repository.delete_artifacts('a/one'); answers['without a file'] = listed()
repository.delete_artifacts('a'); answers['without a folder'] = listed()
repository.delete_artifacts('nothing'); answers['without nothing'] = listed()
`)
    assert.deepEqual(answers['all'], [
      ['a', 'b'],
      ['a/one', 'a/two'],
    ])
    assert.deepEqual(answers['without a file'], [['a', 'b'], ['a/two']])
    assert.deepEqual(answers['without a folder'], [['b'], []])
    assert.deepEqual(answers['without nothing'], [['b'], []])
  })

  test('that are missing, or in the way of a folder, are errors it understands', async () => {
    const answers = await runPython(`
client.log_text(run_id, 'x', 'file')
def fails(act):
    try: act(); return None
    except Exception as error: return type(error).__name__
answers['missing'] = fails(lambda: download_artifacts(run_id=run_id, artifact_path='nothing'))
answers['below a file'] = fails(lambda: client.log_text(run_id, 'x', 'file/inner'))
answers['kept'] = mlflow.artifacts.load_text(client.get_run(run_id).info.artifact_uri + '/file')
`)
    assert.notEqual(answers['missing'], null)
    assert.notEqual(answers['below a file'], null)
    assert.equal(answers['kept'], 'x')
  })

  async function runPython(script: string): Promise<Readonly<Record<string, unknown>>> {
    await using folder = await openTemporaryFolder()
    const program = `${prelude}${script}\nprint(json.dumps(answers))`
    const { stdout } = await promisify(execFile)(
      peer.python,
      ['-c', program, served.address, folder.path],
      { cwd: folder.path, env: { ...clientEnvironment, ...smallParts } },
    )
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what the script prints
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Readonly<Record<string, unknown>>
  }
})
