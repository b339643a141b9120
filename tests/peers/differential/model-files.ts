/** The files of a modelled repository, as text. */

import { posix } from 'node:path'
import { parseDocument } from 'yaml'
import { formatYaml } from '../../../src/pipeline/yaml/format-yaml.ts'
import { compareCodePoints } from '../../../src/core/code-point-order.ts'
import type { YamlMap, YamlValue } from '../../../src/pipeline/yaml/yaml-value.ts'
import {
  memberPath,
  type Group,
  type Model,
  type ModelOutput,
  type ModelParameters,
  type ModelPipeline,
  type ModelStage,
  type ModelValues,
} from './model.ts'

/** Where commands write their names; set outside, because it is not the same for the two tools. */
export const logVariable = 'MLPT_DIFFERENTIAL_LOG'

/** Text by path, of every file that stages read or that describes them. */
export function formatModel(model: Model): Map<string, string> {
  const files = new Map(model.sources)
  for (const values of model.values) files.set(values.path, formatValues(values))
  for (const pipeline of model.pipelines) {
    if (pipeline.stages.length === 0) continue
    files.set(posix.join(pipeline.folder, 'dvc.yaml'), formatPipeline(pipeline))
    for (const { workingFolder } of pipeline.stages) {
      if (workingFolder !== undefined) files.set(posix.join(workingFolder, '.keep'), '')
    }
  }
  return files
}

function formatValues({ path, values }: ModelValues): string {
  const entries = [...values]
  if (path.endsWith('.json')) {
    return `{${entries.map(([key, text]) => `${JSON.stringify(key)}: ${text}`).join(',\n')}}\n`
  }
  const sign = path.endsWith('.toml') ? ' =' : ':'
  return entries.map(([key, text]) => `${key}${sign} ${text}\n`).join('')
}

function formatPipeline({ folder, stages, comment, isNeat }: ModelPipeline): string {
  const shown = isNeat ? stages.map((stage) => sortPaths(stage, folder)) : stages
  const blocks = shown.map((stage) => formatStage(stage, folder))
  const text = `stages:\n${blocks.join('')}`
  return comment + (isNeat ? formatYaml(readYaml(text)) : text)
}

function sortPaths(stage: ModelStage, folder: string): ModelStage {
  const base = stage.workingFolder ?? folder
  const shown = (path: string): string => shownPath(path, base)
  return {
    ...stage,
    dependencies: stage.dependencies.toSorted((a, b) => compareCodePoints(shown(a), shown(b))),
    outputs: stage.outputs.toSorted((a, b) => compareCodePoints(shown(a.path), shown(b.path))),
  }
}

/** The document with integers as we have them. */
function readYaml(text: string): YamlMap {
  const convert = (value: unknown): YamlValue => {
    if (Array.isArray(value)) return value.map(convert)
    if (!(value instanceof Map)) return value as YamlValue
    return new Map(Array.from(value, ([key, item]) => [String(key), convert(item)] as const))
  }
  const document = parseDocument(text, { intAsBigInt: true })
  return convert(document.toJS({ mapAsMap: true })) as YamlMap
}

function formatStage(stage: ModelStage, folder: string): string {
  const base = stage.workingFolder ?? folder
  const lines = [
    ...(stage.description === undefined ? [] : [`desc: ${formatText(stage.description)}`]),
    `cmd: ${formatCommand(stage, base)}`,
    ...(stage.workingFolder === undefined
      ? []
      : [`wdir: ${formatText(posix.relative(folder, base))}`]),
    ...formatList(
      'deps',
      stage.dependencies.map((path) => formatText(shownPath(path, base))),
    ),
    ...formatList(
      'params',
      stage.parameters.flatMap((parameters) => formatParameters(parameters, base)),
    ),
    ...(['outs', 'metrics', 'plots'] as const).flatMap((kind) =>
      formatList(
        kind,
        stage.outputs
          .filter((output) => output.kind === kind)
          .map((output) => formatOutput(output, stage, base)),
      ),
    ),
    ...(stage.isFrozen ? ['frozen: true'] : []),
    ...(stage.isAlwaysChanged ? ['always_changed: true'] : []),
  ]
  const { group } = stage
  const head = `  ${stage.name}:\n`
  if (group === undefined) return head + indent(lines, 4)
  if (group.kind === 'matrix') return head + indent([`matrix: ${formatGroup(group)}`, ...lines], 4)
  return `${head}    foreach: ${formatGroup(group)}\n    do:\n${indent(lines, 6)}`
}

function indent(lines: readonly string[], width: number): string {
  return lines.map((line) => `${' '.repeat(width)}${line}\n`).join('')
}

function formatList(name: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${name}:`, ...items.map((item) => `- ${item}`)]
}

function formatGroup({ kind, items, others }: Group): string {
  if (kind === 'list') return `[${items.join(', ')}]`
  if (kind === 'matrix') return `{one: [${items.join(', ')}], two: [${others.join(', ')}]}`
  return `{${items.map((item, i) => `${item}: {v: ${others[i]}}`).join(', ')}}`
}

/** What stands for the name of a member. */
function memberExpression({ group }: ModelStage): string {
  if (group === undefined) return ''
  return group.kind === 'list' ? '${item}' : '${key}'
}

/** Relative; some with a needless `./`, which has to stay in the lock. */
function shownPath(path: string, base: string): string {
  const relative = posix.relative(base, path)
  return path.length % 7 === 3 && !relative.startsWith('.') ? `./${relative}` : relative
}

function formatParameters({ path, keys }: ModelParameters, base: string): string[] {
  const shown = posix.relative(base, path)
  if (keys === undefined) return [`${formatText(shown)}:`]
  if (shown === 'params.yaml') return keys.map(formatText)
  return [`${formatText(shown)}: [${keys.map(formatText).join(', ')}]`]
}

function formatOutput({ path, flags }: ModelOutput, stage: ModelStage, base: string): string {
  const shown = formatText(shownPath(memberPath(path, memberExpression(stage)), base))
  const entries = Object.entries(flags)
  if (entries.length === 0) return shown
  return `${shown}: {${entries.map(([key, value]) => `${key}: ${value}`).join(', ')}}`
}

function formatText(text: string): string {
  const isPlain = /^[A-Za-z.][\w./ -]*$/.test(text) && !/ $|^(?:true|false|null)$/.test(text)
  if (isPlain) return text
  return text.includes('"') || text.includes('\\') ? `'${text.replaceAll("'", "''")}'` : `"${text}"`
}

function formatCommand(stage: ModelStage, base: string): string {
  const member = memberExpression(stage)
  const name = member === '' ? stage.name : `${stage.name}@${member}`
  const pieces = [`echo ${name} >> "$${logVariable}"`]
  if (stage.fault !== 'writes-nothing') {
    for (const output of stage.outputs) {
      const folder = posix.dirname(posix.relative(base, output.path))
      if (folder !== '.') pieces.push(`mkdir -p ${quote(folder)}`)
      pieces.push(writeCommand(output, stage, { base, member }))
    }
  }
  if (stage.fault === 'fails') pieces.push('exit 7')
  if (stage.form === 'list') return `[${pieces.map((piece) => JSON.stringify(piece)).join(', ')}]`
  return JSON.stringify(pieces.join(stage.form === 'text' ? ' && ' : '\n'))
}

function writeCommand(
  output: ModelOutput,
  stage: ModelStage,
  { base, member }: { readonly base: string; readonly member: string },
): string {
  const path = quote(memberPath(posix.relative(base, output.path), member))
  if (output.kind === 'metrics') return `echo '{"m": {"v": ${stage.version}}, "l": [1]}' > ${path}`
  if (output.kind === 'plots') return `printf 'x,y\\n1,${stage.version}\\n' > ${path}`
  const reads = stage.isConstant
    ? []
    : stage.dependencies.map((dependency) => {
        const read = quote(posix.relative(base, dependency))
        return `{ cat ${read} 2> /dev/null || ls ${read}; }`
      })
  const words = stage.interpolated.map((key) => `echo '\${${key}}'`)
  const body = [`echo v${stage.version}${member}`, ...words, ...reads].join('; ')
  if (output.isFolder) {
    const sub = quote(memberPath(posix.relative(base, `${output.path}/sub é/b`), member))
    const folder = sub.replace(/\/b'$/, "'")
    return `mkdir -p ${folder} && { ${body}; } > ${path}/a.txt && echo b > ${sub} && : > ${path}/empty`
  }
  const isScript = output.isExecutable ? ` && chmod +x ${path}` : ''
  return `{ ${body}; } > ${path}${isScript}`
}

/** For a shell. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
