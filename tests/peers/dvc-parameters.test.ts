/** Parameter files, `${…}`, `foreach` and `matrix`: the real dvc and we must read every document alike. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { join, posix } from 'node:path'
import { describe, test } from 'node:test'
import { ToolkitError } from '../../src/core/errors.ts'
import { createRandom } from '../../src/core/random.ts'
import { parseParameterFile } from '../../src/pipeline/parameters/parameter-values.ts'
import {
  resolveDocument,
  type ResolvedDocument,
} from '../../src/pipeline/stages/resolve-document.ts'
import { selectParameters } from '../../src/pipeline/parameters/select-parameters.ts'
import { parseStage } from '../../src/pipeline/stages/parse-stage.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../../src/pipeline/yaml/yaml-node.ts'
import {
  formatFloat,
  isYamlList,
  isYamlMap,
  type YamlValue,
} from '../../src/pipeline/yaml/yaml-value.ts'
import { randomParameterFile, type ParameterFile } from './random-parameters.ts'
import { randomDocument, type Document } from './random-pipelines.ts'
import { findPeer } from './python.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const peer = findPeer('.venv', 'dvc')
const documentCount = Number(process.env['MLPT_FUZZ'] ?? 400)

describe('dvc', { skip: peer.skip }, () => {
  const folder = makeScratchFolder()

  function ask(questions: readonly Question[]): readonly Answer[] {
    const output = execFileSync(peer.python, ['-c', driver], {
      cwd: folder,
      encoding: 'utf8',
      input: JSON.stringify(questions),
      maxBuffer: 1 << 29,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...process.env,
        DVC_NO_ANALYTICS: '1',
        DVC_SITE_CACHE_DIR: join(folder, 'site'),
        PYTHONHASHSEED: '0',
      },
    })
    return JSON.parse(output.trimEnd().split('\n').at(-1)!) as Answer[]
  }

  test('resolves random pipelines to the stages we resolve them to, or refuses them as we do', () => {
    const random = createRandom(11)
    const documents = Array.from({ length: documentCount }, (_, i) =>
      randomDocument(random.fork(String(i))),
    )
    const theirs = ask(documents.map((document) => ({ kind: 'resolve', ...document })))
    assertAlike(documents, theirs, resolveOurs)
  })

  test('reads random parameter files to the values we read, or refuses them as we do', () => {
    const random = createRandom(12)
    const documents = Array.from({ length: documentCount * 4 }, (_, i) =>
      randomParameterFile(random.fork(String(i))),
    )
    const theirs = ask(documents.map((document) => ({ kind: 'read', ...document })))
    assertAlike(documents, theirs, readOurs)
  })
})

type Question = { readonly kind: 'resolve' | 'read' } & (Document | ParameterFile)

interface Answer {
  /** Null for a refusal. */
  readonly text: string | null
  readonly why: string
}

function assertAlike<T extends Document | ParameterFile>(
  documents: readonly T[],
  theirs: readonly Answer[],
  readOne: (document: T) => string,
): void {
  const disagreements: string[] = []
  let accepted = 0
  for (const [i, document] of documents.entries()) {
    const ours = answer(() => readOne(document))
    const their = theirs[i]!
    if (their.text !== null) accepted += 1
    if (ours.text === their.text || isDeclared(their, ours, document.isBroken)) continue
    const files = Object.entries(document.files).map(([path, text]) => `--- ${path}\n${text}`)
    disagreements.push(
      `${files.join('\n')}\ndvc:  ${their.text ?? their.why}\nours: ${ours.text ?? ours.why}`,
    )
  }
  const shown = disagreements.slice(0, 10)
  assert.equal(
    disagreements.length,
    0,
    `${disagreements.length} of ${documents.length} differ:\n${shown.join('\n\n')}`,
  )
  assert.ok(accepted > documents.length / 4, `only ${accepted} of ${documents.length} are valid`)
}

/** Where we differ on purpose. */
function isDeclared(theirs: Answer, ours: Answer, isBroken: boolean): boolean {
  // We read the assignments out of Python that does not parse as a whole: its other code is not checked.
  if (theirs.text === null && theirs.why.startsWith('PythonFileCorruptedError')) return true
  // Of broken YAML each parser lets pass what the other does not, once in some thousand texts.
  if (isBroken && (theirs.text === null) !== (ours.text === null)) {
    return /YAML(?:FileCorrupted|Syntax)Error/.test(theirs.why) || /:\d+:\d+: /.test(ours.why)
  }
  return ours.text === null && declaredRefusals.some((pattern) => pattern.test(ours.why))
}

const declaredRefusals = [
  // Refused rather than read in two ways.
  /it is YAML 1\.1/,
  // They can be named nowhere.
  /a list cannot be a key/,
  // The YAML parser wants the lines of a bracket indented, all but the last, and those of a quoted text.
  /in block collection must be sufficiently indented|missing closing ["']quote/,
  // DVC does not look at the keys of a parameter file that is asked for as a whole elsewhere.
  /'params' in stage '.*' is an? \w+, expected a list/,
  // DVC takes the empty path for the folder of the stage, which then is its own output.
  /a path is empty/,
]

function answer(read: () => string): Answer {
  try {
    return { text: read(), why: '' }
  } catch (error) {
    if (error instanceof ToolkitError) return { text: null, why: error.message }
    throw error
  }
}

function readOurs({ files, path, keys }: ParameterFile): string {
  const problems = createProblems()
  const values = parseParameterFile(files[path]!, path, problems)
  problems.check()
  const selected = keys.length === 0 ? [] : [...selectParameters(values!, keys)]
  return encode(values!) + selected.map(([key, value]) => `|${key}=${encode(value)}`).join('')
}

function resolveOurs({ files, parsing }: Document): string {
  const readText = (path: string): string | undefined => files[posix.normalize(path)]
  const problems = createProblems()
  const node = parseYamlNode(files['dvc.yaml']!, 'dvc.yaml', problems, { keepsUnusable: true })
  if (node?.kind !== 'map') {
    problems.check()
    assert.ok(node === undefined)
    return ''
  }
  const document = resolveDocument(node, {
    file: 'dvc.yaml',
    readText,
    problems,
    parsing,
  })
  for (const stage of document.stages)
    parseStage(stage, { root: '/r', folder: '/r', file: 'dvc.yaml', prefix: '' }, problems)
  problems.check()
  return encodeDocument(document)
}

function encodeDocument({ stages, topLevel }: ResolvedDocument): string {
  const parts = stages.map(({ name, body }) => `${name}=${encode(toYamlValue(body))}`)
  const { metrics, params, plots, artifacts } = topLevel
  const names = [
    metrics,
    params,
    plots.map(({ id }) => id),
    artifacts.map(({ name, path }) => `${name}:${path}`),
  ]
  return [...parts, ...names.map((list) => JSON.stringify(list))].join('\n')
}

/** The value as text in which everything that counts differs: kinds, order, digits. */
function encode(value: YamlValue): string {
  if (isYamlMap(value))
    return `{${Array.from(value, ([key, item]) => `${encode(key)}:${encode(item)}`).join(',')}}`
  if (isYamlList(value)) return 'unusable' in value ? 'u' : `[${value.map(encode).join(',')}]`
  if (typeof value === 'bigint') return `i${value}`
  if (typeof value === 'number') return `f${formatFloat(value)}`
  return typeof value === 'string' ? asciiJson(value) : String(value)
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

/**
 * Answers each question with a text or null for a refusal. What dvc takes and fails on only when a stage
 * runs counts as refused: a command that is no text, a value that json cannot write.
 */
const driver = `
import json, logging, math, os, shutil, sys
from dvc.dvcfile import ProjectFile
from dvc.dependency import param
from dvc.repo import Repo
from dvc.utils.serialize import load_path
repo = Repo.init(no_scm=True, force=True)
logging.disable(logging.CRITICAL)
base = os.getcwd()
class Refused(Exception): pass
# A list or a map in the text of metrics, params, plots or a foreach would become Python's own notation.
import dvc.parsing.interpolate as interpolate
validate = interpolate.validate_value
def validate_strictly(value, key):
    if isinstance(value, (dict, list)) and key is None: raise Refused
    return validate(value, key)
interpolate.validate_value = validate_strictly
def is_unusable(v):
    if isinstance(v, dict): return any(map(is_unusable, v.values()))
    if isinstance(v, (list, tuple)): return any(map(is_unusable, v))
    return not (v is None or isinstance(v, (bool, int, float, str)))
def enc(v):
    if v is None: return 'null'
    if isinstance(v, bool): return 'true' if v else 'false'
    if isinstance(v, int): return 'i%d' % v
    if isinstance(v, float):
        if math.isnan(v): return 'f.nan'
        if math.isinf(v): return 'f.inf' if v > 0 else 'f-.inf'
        return 'f' + repr(v)
    if isinstance(v, str): return json.dumps(v)
    if isinstance(v, dict): return '{' + ','.join(enc(k) + ':' + enc(x) for k, x in v.items()) + '}'
    if isinstance(v, (list, tuple)): return '[' + ','.join(map(enc, v)) + ']'
    return 'u'
class Opaque: pass
def prepare(v):
    # A set has no members for us, nor for a lock.
    if isinstance(v, dict): return {k: prepare(x) for k, x in v.items()}
    if isinstance(v, (list, tuple)): return [prepare(x) for x in v]
    return Opaque() if isinstance(v, (set, bytes)) else v
def read(q):
    values = load_path(q['path'], repo.fs)
    if not isinstance(values, dict): raise Refused
    text = enc(values)
    if q['keys']:
        values = prepare(values)
        param.load_path = lambda *_, **__: values
        found = param.read_param_file(repo.fs, q['path'], q['keys'], flatten=True)
        for key, value in found.items():
            if is_unusable(value): raise Refused
            text += '|' + key + '=' + enc(value)
    return text
def is_text(v): return isinstance(v, str)
def resolve(q):
    repo._reset()
    repo.config['parsing'] = q['parsing']
    f = ProjectFile(repo, os.path.join(base, 'w', 'dvc.yaml'))
    contents = f.contents
    if contents is None or contents == {}: return ''
    stages = f.resolver.resolve()['stages'] or {}
    f.datasets
    lines = []
    for name, data in stages.items():
        cmd = data['cmd']
        if not (is_text(cmd) or isinstance(cmd, list) and all(map(is_text, cmd))): raise Refused
        lines.append(name + '=' + enc(data))
    for stage in f.stages.values():
        for dep in stage.deps:
            if not is_text(dep.def_path) or not all(map(is_text, getattr(dep, 'params', []))): raise Refused
    plots = {}
    for plot in f.plots:
        key = plot if not isinstance(plot, dict) else next(iter(plot))
        plots[key] = None
    artifacts = [k + ':' + v['path'] for k, v in f.artifacts.items()]
    for part in (f.metrics, f.params, list(plots), artifacts):
        if not all(map(is_text, part)): raise Refused
        lines.append(json.dumps(part, ensure_ascii=False, separators=(',', ':')))
    return '\\n'.join(lines)
out = []
for q in json.load(sys.stdin):
    shutil.rmtree(os.path.join(base, 'w'), ignore_errors=True)
    os.makedirs(os.path.join(base, 'w'))
    os.chdir(os.path.join(base, 'w'))
    for path, text in q['files'].items():
        os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
        with open(path, 'w', newline='', encoding='utf-8', errors='surrogatepass') as fd: fd.write(text)
    try:
        out.append({'text': (read if q['kind'] == 'read' else resolve)(q), 'why': ''})
    except Exception as e:
        out.append({'text': None, 'why': repr(e)[:300]})
os.chdir(base)
sys.stdout.write(json.dumps(out))
`
