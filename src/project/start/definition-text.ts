/** The text of project.ts. */

import { escapeControls } from '../../core/visible-text.ts'
import { isObject } from '../../core/json.ts'
import type { SourceReading } from '../../data/source.ts'
import { freeName } from '../../data/table/column.ts'
import { incomingFolder } from '../layout.ts'
import { listUnused, listUsed, type ProposedProject } from './propose-project.ts'

/** Where the table lies and how it is read. */
export interface ProposedSource {
  /** Folder of the file, relative to the project. */
  readonly folder: string
  readonly file: string
  readonly read: SourceReading
}

/** Writes the definition of a proposed project, as a person would. */
export function writeDefinition(
  project: ProposedProject,
  name: string,
  { folder, file, read }: ProposedSource,
): string {
  const sections = [
    ['features', listEncoded(project)],
    ['derived', listDerived(project)],
    ['learned', listLearned(project)],
  ] as const
  const features = sections.flatMap(([section, lines]) =>
    section === 'features' || lines.length > 0 ? [`  ${section}: ${block(lines, 2)},`] : [],
  )
  const isMade = sections.slice(1).some(([, lines]) => lines.length > 0)
  const imports = isMade
    ? `columnsOf, defineProject, defineSchema${listDerived(project).length > 0 ? ', feature' : ''}`
    : 'defineProject, defineSchema'
  const source = { kind: 'folder', path: folder, files: [file], ...withRead(read) }
  const incoming = { kind: 'folder', path: incomingFolder, files: [`${name}.parquet`] }
  return [
    `/** Written by \`mlpt new\` from what ${oneLine(file)} holds: read it, and add what a table cannot tell, such as bounds. */`,
    '',
    `import { ${imports} } from 'ml-pipeline-toolkit'`,
    '',
    `const schema = defineSchema(${block(listFields(project), 0)})`,
    ...(isMade ? ['const column = columnsOf(schema)'] : []),
    '',
    'export default defineProject({',
    `  name: ${literal(name)},`,
    '  schema,',
    `  key: ${literal(project.key)},`,
    `  target: ${literal(project.target)},`,
    ...(project.time === undefined
      ? []
      : ['  // The newest rows are held out.', `  time: ${literal(project.time)},`]),
    ...(project.positive === undefined ? [] : [`  positive: ${literal(project.positive)},`]),
    ...listUnused(project).map(
      ({ name: of, reason }) => `  // Not used: ${oneLine(of)}, because ${reason}.`,
    ),
    ...features,
    '  sources: [',
    '    // What `mlpt monitor` makes of its log, once `on_drift: retrain` in params.yaml has led to it; else the table.',
    `    ${literal(incoming)},`,
    `    ${literal(source)},`,
    '  ],',
    '  // What the model card cites.',
    `  citation: { title: ${literal(file)}, url: ${literal(file)}, licence: 'unknown' },`,
    '})',
    '',
  ].join('\n')
}

function withRead(read: SourceReading): { readonly read?: SourceReading } {
  return Object.keys(read).length === 0 ? {} : { read }
}

function listFields({ columns }: ProposedProject): string[] {
  return columns.map(({ name, field }) => `${propertyName(name)}: ${literal(field)}`)
}

function listEncoded(project: ProposedProject): string[] {
  return listUsed(project).flatMap(({ name, use }) =>
    use.kind === 'encoded' ? [`${propertyName(name)}: ${literal(use.encoding)}`] : [],
  )
}

function listDerived(project: ProposedProject): string[] {
  return listUsed(project).flatMap(({ name, use }) =>
    use.kind === 'time parts'
      ? use.parts.map(
          (part) =>
            `${featureName(project, `${name}_${part}`)}: feature.${part}(column(${literal(name)}))`,
        )
      : [],
  )
}

function listLearned(project: ProposedProject): string[] {
  return listUsed(project).flatMap(({ name, use }) =>
    use.kind === 'one-hot texts'
      ? [
          `${featureName(project, `${name}_is`)}: { kind: 'oneHot', operand: column(${literal(name)}), maxCategories: 20 }`,
        ]
      : [],
  )
}

/** The name of a feature, which no column may have. */
function featureName({ columns }: ProposedProject, start: string): string {
  const names = columns.map(({ name }) => name)
  return propertyName(names.includes(start) ? freeName(names, start) : start)
}

/** Lines between braces, indented. */
function block(lines: readonly string[], indent: number): string {
  if (lines.length === 0) return '{}'
  const space = ' '.repeat(indent)
  return `{\n${lines.map((line) => `${space}  ${line},\n`).join('')}${space}}`
}

function propertyName(name: string): string {
  // As a name without quotes it would be the prototype.
  return /^[A-Za-z_$][\w$]*$/.test(name) && name !== '__proto__' ? name : quoted(name)
}

function quoted(name: string): string {
  return name === '__proto__' ? `['__proto__']` : literal(name)
}

/** A value as TypeScript writes it. */
function literal(value: unknown): string {
  if (typeof value === 'string') {
    const inner = escapeControls(JSON.stringify(value))
      .slice(1, -1)
      .replaceAll(String.raw`\"`, '"')
    return `'${inner.replaceAll("'", String.raw`\'`)}'`
  }
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`
  if (!isObject(value)) return JSON.stringify(value)
  const cells = Object.entries(value).map(
    ([name, cell]) => `${propertyName(name)}: ${literal(cell)}`,
  )
  return `{ ${cells.join(', ')} }`
}

/** A text that can stand in a comment. */
function oneLine(text: string): string {
  return `'${escapeControls(text.replaceAll(/\s+/g, ' ')).replaceAll('*/', '* /')}'`
}
