/** Programs for a feature store, drawn at random: views, and what is done with them. Plain JSON: values are texts. */

import type { Field } from '../../../src/core/schema.ts'
import type { Random } from '../../../src/core/random.ts'

export interface Entity {
  readonly name: string
  readonly kind: Kind
  /** Of the last no fact is told. */
  readonly values: readonly string[]
}

export interface ProgramView {
  readonly name: string
  /** By name. */
  readonly entities: readonly string[]
  readonly timestamp: string
  readonly hasCreated: boolean
  readonly ttlUs: number | null
  readonly features: readonly { readonly name: string; readonly kind: Kind }[]
}

type Moment = number | null

/** Keys, the moment and when it became known in microseconds, features. */
export type DrawnFact = readonly [
  keys: readonly string[],
  at: number,
  created: Moment,
  cells: readonly (string | null)[],
]

export type DrawnRow = readonly [keys: readonly (string | null)[], at: Moment]

export type Step =
  | { readonly kind: 'append'; readonly view: number; readonly facts: readonly DrawnFact[] }
  | { readonly kind: 'compact'; readonly view: number }
  | { readonly kind: 'materialize'; readonly view: number; readonly until: number }
  | {
      readonly kind: 'join'
      readonly rows: readonly DrawnRow[]
      /** 'row', or microseconds. */
      readonly knownBy: 'row' | number | null
    }
  /** All entities of the view, so long after the furthest moment that was materialized. */
  | { readonly kind: 'read'; readonly view: number; readonly laterUs: number }

export interface Program {
  readonly seed: number
  readonly entities: readonly Entity[]
  readonly views: readonly ProgramView[]
  readonly steps: readonly Step[]
}

/** What a field may be, values that are easily taken for each other, and types of columns that hold them. */
export const kinds = {
  integer: {
    field: { type: 'integer', nullable: true },
    values: ['0', '1', '-5', '9007199254740991'],
    columns: ['BIGINT', 'DOUBLE', 'HUGEINT', 'DECIMAL(22,2)'],
  },
  long: {
    field: { type: 'integer', nullable: true },
    values: ['9007199254740992', '9007199254740993', '9007199254740994', '-9007199254740993'],
    columns: ['BIGINT', 'HUGEINT', 'DECIMAL(38,0)'],
  },
  number: {
    field: { type: 'number', nullable: true },
    values: ['0', '1.5', '-2.25', '1e+300', '0.1', '1e-7'],
    columns: ['DOUBLE'],
  },
  text: {
    field: { type: 'text', nullable: true },
    values: ['a', 'A', '007', '7', 'é', 'e\u0301', "x'; DROP TABLE facts;--", '"q"', ' a', 'null'],
    columns: ['VARCHAR'],
  },
  boolean: {
    field: { type: 'boolean', nullable: true },
    values: ['true', 'false'],
    columns: ['BOOLEAN', 'INTEGER', 'DOUBLE'],
  },
  date: {
    field: { type: 'date', nullable: true },
    values: ['2020-01-01', '1969-12-31', '2024-02-29', '0001-01-01', '9999-12-31'],
    columns: ['DATE', 'TIMESTAMP', 'TIMESTAMPTZ'],
  },
  datetime: {
    field: { type: 'datetime', nullable: true },
    values: [
      '1969-12-31T23:59:59.999Z',
      '2024-02-29T12:30:00.250Z',
      '2024-02-29T12:30:00.251Z',
      '2020-01-01T00:00:00.000Z',
    ],
    columns: ['TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_MS', 'TIMESTAMP_NS'],
  },
  level: {
    field: { type: 'category', levels: [0.5, 1.5], nullable: true },
    values: ['0.5', '1.5'],
    columns: ['DOUBLE', 'FLOAT', 'DECIMAL(4,1)'],
  },
} as const satisfies Record<
  string,
  { readonly field: Field; readonly values: readonly string[]; readonly columns: readonly string[] }
>

export type Kind = keyof typeof kinds

const startUs = Date.UTC(2026, 0, 30) * 1000

/** Moments lie close together, so that many are equal, late or just before another. */
export function drawProgram(seed: number, random: Random): Program {
  const pick = picker(random)
  const stepUs = pick([3_600_000_000, 86_400_000_000, 1_000_000])
  const span = pick([4, 12, 60])
  const draw: Draw = {
    nextInteger: (bound) => random.nextInteger(bound),
    pick,
    stepUs,
    span,
    moment: () => startUs + random.nextInteger(span) * stepUs,
  }
  const entities = Array.from({ length: 1 + random.nextInteger(3) }, (_, i) => drawEntity(draw, i))
  const views = Array.from({ length: 1 + random.nextInteger(3) }, (_, i) =>
    drawView(draw, entities, i),
  )
  const world: World = { entities, views, draw }
  const some = Array.from({ length: 4 + random.nextInteger(7) }, () => drawStep(world))
  const steps = [
    ...views.map((_, view) => drawAppend(world, view)),
    ...some,
    drawJoin(world),
    ...views.map((_, view) => drawRead(world, view)),
  ]
  return { seed, entities, views, steps }
}

interface Draw {
  readonly nextInteger: (bound: number) => number
  readonly pick: <T>(list: readonly T[]) => T
  readonly stepUs: number
  readonly span: number
  readonly moment: () => number
}

interface World {
  readonly entities: readonly Entity[]
  readonly views: readonly ProgramView[]
  readonly draw: Draw
}

export function picker(random: Random): <T>(list: readonly T[]) => T {
  return (list) => list[random.nextInteger(list.length)]!
}

const kindNames = Object.keys(kinds) as Kind[]

function drawEntity({ pick, nextInteger }: Draw, i: number): Entity {
  const kind = pick(kindNames)
  const { values } = kinds[kind]
  const start = nextInteger(values.length)
  return {
    name: pick([`e${i}`, `É "${i}"`, `k'${i}`]),
    kind,
    values: Array.from(
      { length: 2 + nextInteger(2) },
      (_, j) => values[(start + j) % values.length]!,
    ),
  }
}

function drawView(draw: Draw, all: readonly Entity[], i: number): ProgramView {
  const { pick, nextInteger, stepUs, span } = draw
  const some = i === 0 ? all : all.filter(() => nextInteger(2) === 0)
  const entities = some.length === 0 ? all.slice(0, 1) : some
  return {
    name: `view${i}`,
    entities: entities.map(({ name }) => name),
    timestamp: pick(['at', 'At ☃', "m'"]),
    hasCreated: nextInteger(2) === 0,
    ttlUs: nextInteger(2) === 0 ? null : (1 + nextInteger(span)) * stepUs,
    features: Array.from({ length: 1 + nextInteger(3) }, (_, j) => ({
      name: pick([`f${j}`, `v"${j}`]),
      kind: pick(kindNames),
    })),
  }
}

function drawStep(world: World): Step {
  const { draw, views } = world
  const view = draw.nextInteger(views.length)
  switch (draw.nextInteger(8)) {
    case 0:
    case 1:
      return drawAppend(world, view)
    case 2:
      return { kind: 'compact', view }
    case 3:
      return drawJoin(world)
    case 4:
      return drawRead(world, view)
    default:
      return { kind: 'materialize', view, until: draw.moment() }
  }
}

function drawAppend({ entities, views, draw }: World, view: number): Step {
  const { nextInteger, pick, moment } = draw
  const { entities: names, features, hasCreated } = views[view]!
  const own = entities.filter(({ name }) => names.includes(name))
  const facts = Array.from({ length: nextInteger(25) }, (): DrawnFact => [
    own.map(({ values }) => pick(values.slice(0, -1))),
    moment(),
    hasCreated && nextInteger(4) > 0 ? moment() : null,
    features.map(({ kind }) => (nextInteger(4) === 0 ? null : pick(kinds[kind].values))),
  ])
  return { kind: 'append', view, facts }
}

function drawJoin({ entities, views, draw }: World): Step {
  const { nextInteger, pick, moment, stepUs } = draw
  const near = (): number => moment() + pick([0, 0, 0, stepUs, -stepUs, 1, -1, 30 * 86_400_000_000])
  const once = Array.from({ length: 1 + nextInteger(25) }, (): DrawnRow => [
    entities.map(({ values }) => (nextInteger(12) === 0 ? null : pick(values))),
    nextInteger(12) === 0 ? null : near(),
  ])
  const rows = once.map((row) => (nextInteger(5) === 0 ? pick(once) : row))
  const isDated = views.every(({ hasCreated }) => hasCreated)
  return { kind: 'join', rows, knownBy: isDated ? pick([null, 'row', moment()]) : null }
}

function drawRead({ draw }: World, view: number): Step {
  return {
    kind: 'read',
    view,
    laterUs: draw.nextInteger(3) * draw.nextInteger(draw.span) * draw.stepUs,
  }
}
