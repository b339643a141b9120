import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Fingerprint, StageRecord } from '../../src/pipeline/stages/record.ts'
import { linkStages } from '../../src/pipeline/stages/graph.ts'
import {
  decideStage,
  describeReason,
  planPipeline,
  type StageState,
} from '../../src/pipeline/run/plan.ts'
import { plainOutput } from '../../src/pipeline/stages/parse-stage.ts'
import { defaultSettings } from '../../src/pipeline/stages/stage-settings.ts'
import type { Stage } from '../../src/pipeline/stages/stage.ts'
import type { YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'

const nothing: ReadonlySet<string> = new Set()

describe('one stage', () => {
  test('that matches its record is skipped', () => {
    assert.deepEqual(decideStage(train, upToDate), { action: 'skip', reasons: [] })
  })

  for (const [what, change, action, reasons] of [
    ['without a record has never run', { record: undefined }, 'run', ['it has not run yet']],
    ['with another command runs', { command: 'new' }, 'run', ['its command changed']],
    [
      'with another input runs',
      { dependencies: new Map([['in', print('f'.repeat(32))]]) },
      'run',
      ['in changed'],
    ],
    [
      'without its input is to run',
      { dependencies: new Map([['in', undefined]]) },
      'run',
      ['in is missing'],
    ],
    [
      'with another parameter runs',
      { parameters: new Map([['params.yaml', new Map([['lr', 0.2]])]]) },
      'run',
      ['params.yaml:lr changed from 0.1 to 0.2'],
    ],
    [
      'without its parameter is to run',
      { parameters: new Map([['params.yaml', new Map()]]) },
      'run',
      ['params.yaml:lr is missing'],
    ],
    [
      'without its parameter file is to run',
      { parameters: new Map([['params.yaml', undefined]]) },
      'run',
      ['params.yaml is missing'],
    ],
    [
      'that lost an output restores it when the cache has it',
      { outputs: new Map([['out', undefined]]) },
      'restore',
      ['out is missing'],
    ],
    [
      'that lost an output runs when the cache has not',
      { outputs: new Map([['out', undefined]]), inCache: nothing },
      'run',
      ['out is missing'],
    ],
    [
      'with another output restores it',
      { outputs: new Map([['out', print('2')]]) },
      'restore',
      ['out is not what was recorded'],
    ],
    [
      'with another input and a lost output runs, for both reasons',
      {
        dependencies: new Map([['in', print('f'.repeat(32))]]),
        outputs: new Map([['out', undefined]]),
        alike: nothing,
        inCache: new Set(['out']),
      },
      'run',
      ['in changed', 'out is missing'],
    ],
  ] as readonly (readonly [string, Partial<StageState>, string, readonly string[]])[]) {
    test(what, () => {
      const decision = decideStage(train, { ...upToDate, ...change })
      assert.equal(decision.action, action)
      assert.deepEqual(decision.reasons.map(describeReason), reasons)
    })
  }

  test('with an input that the record does not know runs', () => {
    const stage = { ...train, dependencies: [...train.dependencies, at('more')] }
    const state = {
      ...upToDate,
      dependencies: new Map([...upToDate.dependencies, ['more', print('9')]]),
    }
    assert.deepEqual(decideStage(stage, state).reasons.map(describeReason), ['more is new'])
  })

  test('of a parameter with many members only those that differ are named', () => {
    const members = (rate: number, rest: readonly (readonly [string, YamlValue])[]): YamlValue =>
      new Map<string, YamlValue>([['rounds', 9n], ['rate', rate], ...rest])
    const of = (value: YamlValue) => new Map([['params.yaml', new Map([['lr', value]])]])
    const before = members(0.1, [
      ['gone', true],
      ['in', new Map([['leaf', 1n]])],
    ])
    const after = members(0.2, [
      ['in', new Map([['leaf', 2n]])],
      ['added', null],
    ])
    const state = {
      ...upToDate,
      parameters: of(after),
      record: { ...record, parameters: of(before) },
    }
    assert.deepEqual(decideStage(train, state).reasons.map(describeReason), [
      'params.yaml:lr.rate changed from 0.1 to 0.2',
      'params.yaml:lr.in.leaf changed from 1 to 2',
      'params.yaml:lr.added is new',
      'params.yaml:lr.gone is missing',
    ])
    const empty = {
      ...upToDate,
      parameters: of(new Map()),
      record: { ...record, parameters: of(before) },
    }
    assert.equal(decideStage(train, empty).reasons.length, 4)
    const list = {
      ...upToDate,
      parameters: of([1n]),
      record: { ...record, parameters: of(before) },
    }
    assert.equal(decideStage(train, list).reasons.length, 1)
  })

  test('that no longer names an input of its record is skipped, as in DVC', () => {
    const state = { ...upToDate, dependencies: new Map(), parameters: new Map() }
    const decision = decideStage({ ...train, dependencies: [], parameters: [] }, state)
    assert.equal(decision.action, 'skip')
  })

  test('always_changed runs every time', () => {
    assert.equal(decideStage({ ...train, isAlwaysChanged: true }, upToDate).action, 'run')
  })

  test('with a persistent output that differs runs, so that what was added stays', () => {
    const outputs = train.outputs.map((output) => ({ ...output, isPersistent: true }))
    const grown = { ...upToDate, outputs: new Map([['out', print('2')]]) }
    assert.equal(decideStage({ ...train, outputs }, grown).action, 'run')
    const lost = { ...upToDate, outputs: new Map([['out', undefined]]) }
    assert.equal(decideStage({ ...train, outputs }, lost).action, 'restore')
  })

  test('a frozen stage never runs: what is there is recorded, what is lost comes back, as with DVC', () => {
    const frozen = { ...train, isFrozen: true }
    const moved = { ...upToDate, dependencies: new Map([['in', print('9')]]) }
    assert.equal(decideStage(frozen, moved).action, 'skip')
    assert.equal(decideStage(frozen, { ...upToDate, command: 'new' }).action, 'save')
    assert.equal(decideStage(frozen, { ...upToDate, record: undefined }).action, 'save')
    const edited = { ...upToDate, outputs: new Map([['out', print('2')]]) }
    assert.equal(decideStage(frozen, edited).action, 'save')
    const lost = { ...upToDate, outputs: new Map([['out', undefined]]) }
    assert.equal(decideStage(frozen, lost).action, 'restore')
    assert.equal(decideStage(frozen, { ...lost, inCache: nothing }).action, 'run')
  })

  test('an output without its copy in the cache is saved, not made again', () => {
    assert.equal(decideStage(train, { ...upToDate, inCache: nothing }).action, 'save')
  })

  test('added data that changed is taken over, what is missing comes back', () => {
    const data = {
      ...train,
      command: undefined,
      data: { record, isImport: false, checksum: undefined },
    }
    const changed = { ...upToDate, outputs: new Map([['out', print('9')]]) }
    assert.equal(decideStage(data, changed).action, 'save')
    const lost = { ...upToDate, outputs: new Map([['out', undefined]]) }
    assert.equal(decideStage(data, lost).action, 'restore')
  })

  test('what DVC 2 recorded counts as the same when its own hash says so', () => {
    const legacy = { ...upToDate, dependencies: new Map([['in', print('9')]]) }
    assert.equal(decideStage(train, legacy).action, 'run')
    assert.equal(decideStage(train, { ...legacy, alike: new Set(['in']) }).action, 'skip')
  })
})

describe('a whole pipeline', () => {
  test('below a stage that runs, all is planned to run', () => {
    const changed = { ...upToDate, command: 'new' }
    assert.deepEqual(plan(changed, evaluated), [
      ['run', ['its command changed']],
      ['run', ['train runs']],
    ])
  })

  test('an input that a running stage writes again is no reason of its own', () => {
    const lost = { ...upToDate, command: 'new', outputs: new Map([['out', undefined]]) }
    const without = { ...evaluated, dependencies: new Map([['out', undefined]]) }
    assert.deepEqual(plan(lost, without)[1], ['run', ['train runs']])
  })

  test('below a stage that is restored, nothing runs', () => {
    const lost = { ...upToDate, outputs: new Map([['out', undefined]]) }
    const without = { ...evaluated, dependencies: new Map([['out', undefined]]) }
    assert.deepEqual(plan(lost, without), [
      ['restore', ['out is missing']],
      ['skip', []],
    ])
  })

  function plan(first: StageState, second: StageState): [string, string[]][] {
    const states = new Map([
      [train, first],
      [evaluate, second],
    ])
    const stages = [train, evaluate]
    return planPipeline(stages, linkStages(stages), { states, force: false }).map(
      ({ action, reasons }) => [action, reasons.map(describeReason)],
    )
  }
})

function at(path: string): { path: string; location: string } {
  return { path, location: `/repo/${path}` }
}

function print(md5: string): Fingerprint {
  return { md5, sizeBytes: 1, fileCount: undefined, isExecutable: false }
}

function recorded(path: string, md5: string): StageRecord['outputs'] {
  return new Map([[path, { ...print(md5), isLegacy: false }]])
}

const train: Stage = {
  name: 'train',
  group: undefined,
  file: 'dvc.yaml',
  address: 'train',
  command: 'go',
  workingFolder: '/repo',
  dependencies: [at('in')],
  parameters: [{ ...at('params.yaml'), keys: ['lr'] }],
  outputs: [{ ...at('out'), ...plainOutput }],
  isFrozen: false,
  description: undefined,
  isAlwaysChanged: false,
  settings: defaultSettings,
  data: undefined,
  place: { file: 'dvc.yaml', line: 1, column: 1 },
}

const record: StageRecord = {
  command: 'go',
  dependencies: recorded('in', '0'),
  parameters: new Map([['params.yaml', new Map([['lr', 0.1]])]]),
  outputs: recorded('out', '1'),
}

const upToDate: StageState = {
  record,
  command: 'go',
  dependencies: new Map([['in', print('0')]]),
  parameters: new Map([['params.yaml', new Map([['lr', 0.1]])]]),
  outputs: new Map([['out', print('1')]]),
  alike: nothing,
  inCache: new Set(['out']),
}

const evaluate: Stage = {
  ...train,
  name: 'evaluate',
  address: 'evaluate',
  dependencies: [at('out')],
  parameters: [],
  outputs: [],
}

const evaluated: StageState = {
  ...upToDate,
  record: {
    ...record,
    dependencies: recorded('out', '1'),
    parameters: new Map(),
    outputs: new Map(),
  },
  dependencies: new Map([['out', print('1')]]),
  parameters: new Map(),
  outputs: new Map(),
}
