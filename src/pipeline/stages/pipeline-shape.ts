/** What DVC lets stand in a `dvc.yaml`, before anything is interpolated. */

import type { Problems } from '../yaml/problems.ts'
import type { MapEntry, YamlNode } from '../yaml/yaml-node.ts'
import { checkShape, type FieldsShape, type Shape } from './check-shape.ts'

const text = { kind: 'text' } as const
const flag = { kind: 'boolean' } as const
const anything = { kind: 'anything' } as const
const value = { kind: 'value' } as const
const texts = listOf(text)

function listOf(of: Shape): Shape {
  return { kind: 'list', of }
}

function either(...of: readonly Shape[]): Shape {
  return { kind: 'either', of }
}

function recordOf(of: Shape): Shape {
  return { kind: 'record', of }
}

const annotations = { desc: text, type: text, labels: texts, meta: anything }

/** DVC takes 'checkpoint' of older files and does nothing with it. */
const outputFlags = {
  ...annotations,
  cache: flag,
  persist: flag,
  checkpoint: flag,
  remote: text,
  push: flag,
}

const plotProperties = {
  template: text,
  x: text,
  y: text,
  x_label: text,
  y_label: text,
  title: text,
  header: flag,
}

const variables = listOf(either(text, { kind: 'record', of: value, allowsAnyKey: true }))

function stageFields(name: string): Readonly<Record<string, Shape>> {
  const nameOf = (path: string): string => `output '${path}' of stage '${name}'`
  const outputs = (fields: Readonly<Record<string, Shape>>): Shape =>
    listOf(either(text, { kind: 'record', nameOf, of: { kind: 'fields', fields } }))
  return {
    cmd: either(text, texts),
    wdir: text,
    deps: texts,
    params: listOf(either(text, recordOf(anything))),
    vars: variables,
    outs: outputs(outputFlags),
    metrics: outputs(outputFlags),
    plots: outputs({ ...outputFlags, ...plotProperties }),
    frozen: flag,
    always_changed: flag,
    desc: text,
    meta: anything,
  }
}

/** Adds a problem when what stands below `stages` is not a map. */
export function checkStagesShape(stages: YamlNode, problems: Problems): void {
  if (stages.kind !== 'map') checkShape(stages, recordOf(anything), `'stages'`, problems)
}

/** Adds what does not fit of a stage or group to the problems; says whether all does. */
export function checkStageShape({ key, value: body }: MapEntry, problems: Problems): boolean {
  const before = problems.count
  const name = String(key.value)
  const shape = shapeOf(name, body)
  const isGroup = 'foreach' in shape.fields || 'matrix' in shape.fields
  const isNamed = name !== '' && !name.includes('@')
  if (typeof key.value !== 'string' || !(isGroup || isNamed)) {
    const hint = "name it with a text without '@'"
    problems.add(key.place, `DVC cannot name a stage '${name}'`, hint)
  }
  checkShape({ ...body, place: bodyPlace(body, key) }, shape, `stage '${name}'`, problems)
  return problems.count === before
}

/** A missing key is told at the stage's name, anything else where it stands. */
function bodyPlace(body: YamlNode, key: YamlNode): YamlNode['place'] {
  return body.kind === 'map' ? key.place : body.place
}

function shapeOf(name: string, body: YamlNode): FieldsShape {
  const fields = stageFields(name)
  const keys = body.kind === 'map' ? body.entries.map((entry) => entry.key.value) : []
  if (keys.includes('foreach') || keys.includes('do')) {
    const template: FieldsShape = { kind: 'fields', fields, required: ['cmd'] }
    return { kind: 'fields', fields: { foreach: value, do: template } }
  }
  const matrix = keys.includes('matrix') ? { matrix: recordOf(value) } : {}
  return { kind: 'fields', fields: { ...fields, ...matrix }, required: ['cmd'] }
}

const plotFile = either(text, texts)

const plotDefinition: FieldsShape = {
  kind: 'fields',
  fields: {
    x: either(text, recordOf(text)),
    y: either(text, texts, recordOf(plotFile)),
    x_label: text,
    y_label: text,
    title: text,
    template: text,
  },
}

const artifact: FieldsShape = {
  kind: 'fields',
  fields: { path: text, ...annotations },
  required: ['path'],
}

const plot: Shape = {
  kind: 'record',
  of: either(plotDefinition, { kind: 'nothing' }),
  nameOf: (name) => `the plot '${name}'`,
  isFilled: true,
}

const sections: Readonly<Record<string, Shape>> = {
  vars: variables,
  metrics: texts,
  params: texts,
  plots: listOf(either(text, plot)),
  artifacts: { kind: 'record', of: artifact, nameOf: (name) => `the artifact '${name}'` },
  datasets: either(listOf(anything), recordOf(anything), text),
}

/** Adds what does not fit of a section at the top of `dvc.yaml` to the problems; says whether all does. */
export function checkSectionShape({ key, value: node }: MapEntry, problems: Problems): boolean {
  const before = problems.count
  const shape = sections[String(key.value)]
  if (shape !== undefined) checkShape(node, shape, `'${String(key.value)}'`, problems)
  return problems.count === before
}
