/** What DVC lets stand in `*.dvc` files and in `dvc.lock`: its schema, key by key. */

import type { FieldsShape, Shape } from './check-shape.ts'

const text = { kind: 'text' } as const
const flag = { kind: 'boolean' } as const
const count = { kind: 'integer' } as const
const anything = { kind: 'anything' } as const
const nothing = { kind: 'nothing' } as const

function either(...of: readonly Shape[]): Shape {
  return { kind: 'either', of }
}

function listOf(of: Shape): Shape {
  return { kind: 'list', of }
}

/** Digits may stand there without quotes. */
const tag = either({ kind: 'hash', allowsNumber: true }, nothing)
const checksums = { md5: either({ kind: 'hash' }, nothing), etag: tag, checksum: tag }
const facts = { size: count, nfiles: count, isexec: flag, version_id: text }
const options: Shape = { kind: 'record', of: anything, allowsAnyKey: true }

/** What a remote with versions has of it. */
const cloud: Shape = { kind: 'record', of: { kind: 'fields', fields: { ...checksums, ...facts } } }
const files = listOf({
  kind: 'fields',
  fields: { ...checksums, ...facts, md5: tag, relpath: text, cloud },
  required: ['relpath'],
})

const entry = { ...checksums, ...facts, path: text, hash: { kind: 'name' }, cloud, files } as const

const dependency: FieldsShape = {
  kind: 'fields',
  fields: {
    ...entry,
    persist: flag,
    fs_config: options,
    repo: {
      kind: 'fields',
      fields: {
        url: text,
        rev: text,
        rev_lock: text,
        config: either(text, options),
        remote: either(text, options),
      },
      required: ['url'],
    },
    db: {
      kind: 'fields',
      fields: { query: text, connection: text, file_format: text, table: text },
    },
  },
}

const output: FieldsShape = {
  kind: 'fields',
  fields: {
    ...entry,
    persist: flag,
    fs_config: options,
    desc: text,
    type: text,
    labels: listOf(text),
    meta: anything,
    cache: flag,
    remote: text,
    push: flag,
    // Of DVC 0 and 1; DVC 3 refuses them.
    metric: anything,
    plot: anything,
  },
  required: ['path'],
}

/** A `*.dvc` file. */
export const dataFileShape: FieldsShape = {
  kind: 'fields',
  fields: {
    desc: text,
    md5: tag,
    wdir: either(text, nothing),
    deps: either(listOf(dependency), nothing),
    outs: either(listOf(output), nothing),
    frozen: flag,
    locked: flag,
    meta: anything,
    always_changed: flag,
  },
  hints: {
    cmd: 'it is a stage of DVC 0, which DVC 3 does not read either: write it into dvc.yaml',
  },
}

/** What to do about a broken `dvc.lock`. */
export const restoreHint = 'restore it from git, or delete it to run everything again'

const lockEntries = listOf({
  kind: 'fields',
  fields: { ...entry, dataset: options },
  required: ['path'],
  requiredHint: restoreHint,
})

/** One stage in `dvc.lock`. */
export const lockStageShape: FieldsShape = {
  kind: 'fields',
  fields: {
    cmd: either(text, listOf(text)),
    deps: lockEntries,
    params: { kind: 'record', of: { kind: 'record', of: anything } },
    outs: lockEntries,
  },
  required: ['cmd'],
  requiredHint: restoreHint,
}
