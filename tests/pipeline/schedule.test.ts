import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createSchedule } from '../../src/pipeline/run/schedule.ts'
import { linkStages } from '../../src/pipeline/stages/graph.ts'
import { plainOutput } from '../../src/pipeline/stages/parse-stage.ts'
import { defaultSettings } from '../../src/pipeline/stages/stage-settings.ts'
import type { Stage } from '../../src/pipeline/stages/stage.ts'

describe('a schedule', () => {
  test('begins as many stages as there is room for, the earlier ones first', () => {
    const stages = [stage('a'), stage('b'), stage('c')]
    const schedule = createSchedule(stages, linkStages(stages), 2)
    assert.deepEqual(names(schedule.next()), ['a', 'b'])
    assert.deepEqual(names(schedule.next()), [])
    schedule.end(stages[1]!, 'done')
    assert.deepEqual(names(schedule.next()), ['c'])
  })

  test('begins a stage when all it reads from has ended', () => {
    const stages = [stage('a'), stage('b'), stage('c', ['a', 'b'])]
    const schedule = createSchedule(stages, linkStages(stages), 4)
    assert.deepEqual(names(schedule.next()), ['a', 'b'])
    schedule.end(stages[0]!, 'done')
    assert.deepEqual(names(schedule.next()), [])
    schedule.end(stages[1]!, 'done')
    assert.deepEqual(names(schedule.next()), ['c'])
  })

  test('a frozen stage and what it reads from take turns as if stages ran one by one', () => {
    const maker = stage('a')
    const frozen = { ...stage('b', ['a']), isFrozen: true }
    for (const stages of [
      [maker, frozen],
      [frozen, maker],
    ]) {
      const schedule = createSchedule(stages, linkStages(stages), 4)
      assert.deepEqual(schedule.next(), [stages[0]])
      assert.deepEqual(schedule.end(stages[0]!, 'failed'), [])
      assert.deepEqual(schedule.next(), [stages[1]])
    }
  })

  test('stages that share a mutex never run together', () => {
    const stages = ['a', 'b', 'c'].map((name) => stage(name, [], { mutexes: ['gpu'] }))
    const schedule = createSchedule(stages, linkStages(stages), 3)
    assert.deepEqual(names(schedule.next()), ['a'])
    schedule.end(stages[0]!, 'done')
    assert.deepEqual(names(schedule.next()), ['b'])
  })

  test('a stage that takes more jobs than there are runs alone', () => {
    const stages = [stage('a'), stage('big', [], { jobs: 9 }), stage('c')]
    const schedule = createSchedule(stages, linkStages(stages), 2)
    assert.deepEqual(names(schedule.next()), ['a', 'c'])
    schedule.end(stages[0]!, 'done')
    schedule.end(stages[2]!, 'done')
    assert.deepEqual(names(schedule.next()), ['big'])
  })

  test('a failure gives up what needs the stage, near or far, and nothing else', () => {
    const stages = [stage('a'), stage('b', ['a']), stage('c', ['b']), stage('d')]
    const schedule = createSchedule(stages, linkStages(stages), 1)
    schedule.next()
    assert.deepEqual(names(schedule.end(stages[0]!, 'failed')), ['b', 'c'])
    assert.deepEqual(names(schedule.next()), ['d'])
  })

  test('after a stop nothing begins, and it is over when the last one ends', () => {
    const stages = [stage('a'), stage('b')]
    const schedule = createSchedule(stages, linkStages(stages), 1)
    schedule.next()
    schedule.stop()
    assert.equal(schedule.isOver, false)
    schedule.end(stages[0]!, 'done')
    assert.deepEqual(names(schedule.next()), [])
    assert.equal(schedule.isOver, true)
  })

  test('runs every stage once, each after what it reads from, within the jobs, whatever the graph', () => {
    const graph = fc.array(fc.nat({ max: 255 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 4 }), fc.infiniteStream(fc.nat()), runsAll),
    )
  })
})

function runsAll(edges: readonly number[], jobs: number, choices: Iterator<number>): boolean {
  const stages = edges.map((bits, i) => {
    const parents = edges.flatMap((_, j) =>
      j < i && ((bits >> (j % 8)) & 1) === 1 ? [`s${j}`] : [],
    )
    return stage(`s${i}`, parents)
  })
  const upstream = linkStages(stages)
  const schedule = createSchedule(stages, upstream, jobs)
  const running: Stage[] = []
  const done = new Set<Stage>()
  while (!schedule.isOver) {
    for (const next of schedule.next()) {
      if (!upstream.get(next)!.every((parent) => done.has(parent))) return false
      running.push(next)
    }
    if (running.length === 0 || running.length > jobs) return false
    const [ended] = running.splice(Number(choices.next().value) % running.length, 1)
    done.add(ended!)
    schedule.end(ended!, 'done')
  }
  return done.size === stages.length
}

function names(stages: readonly Stage[]): string[] {
  return stages.map(({ name }) => name)
}

/** A stage that writes a file of its name and reads those of others. */
function stage(
  name: string,
  parents: readonly string[] = [],
  settings: Partial<Stage['settings']> = {},
): Stage {
  return {
    name,
    group: undefined,
    file: 'dvc.yaml',
    address: name,
    command: 'go',
    workingFolder: '/repo',
    dependencies: parents.map((path) => ({ path, location: `/repo/${path}` })),
    parameters: [],
    outputs: [{ path: name, location: `/repo/${name}`, ...plainOutput }],
    isFrozen: false,
    description: undefined,
    isAlwaysChanged: false,
    settings: { ...defaultSettings, ...settings },
    data: undefined,
    place: { file: 'dvc.yaml', line: 1, column: 1 },
  }
}
