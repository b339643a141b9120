import { dirname, join, resolve } from 'node:path'
import { createProblems, type Problems } from '../yaml/problems.ts'
import { readMap } from '../yaml/read-node.ts'
import { parseYamlNode, type MapNode, type YamlNode, type YamlParser } from '../yaml/yaml-node.ts'
import type { YamlScalar } from '../yaml/yaml-value.ts'
import type { VariableUses } from './expression.ts'
import type { ParsingSettings } from './format-flags.ts'
import { checkCycles, checkPaths, linkStages, type Upstream } from './graph.ts'
import { parseDataFile } from './parse-data-file.ts'
import { parseStage, type StageHome } from './parse-stage.ts'
import type { TopLevel } from './parse-top-level.ts'
import { resolveDocument } from './resolve-document.ts'
import type { Stage } from './stage.ts'
import { relativePosix } from './posix-path.ts'

/** All stages of a repository, checked and linked. */
export interface Pipeline {
  /** In the order of their files, and in each in the file's order. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
  /** What each `dvc.yaml` says beside its stages, by its path from the root. */
  readonly topLevels: ReadonlyMap<string, TopLevel>
  /** What stages took from files through `${…}`, by path relative to the folder of their `dvc.yaml`. */
  readonly uses: ReadonlyMap<Stage, VariableUses>
  /** Groups that go over nothing, by the path of their `dvc.yaml` from the root. */
  readonly emptyGroups: ReadonlyMap<string, readonly string[]>
  /** What is allowed but hardly meant, with its place. */
  readonly warnings: readonly string[]
}

/** A `dvc.yaml` or a `*.dvc` file. */
export interface PipelineFile {
  /** From the repository's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** The texts of a pipeline and where they lie. */
export interface PipelineSource {
  /** Absolute root of the repository; outputs lie below it. */
  readonly root: string
  /** Absolute folder the command works in; stages and places are named from here. */
  readonly directory: string
  readonly files: readonly PipelineFile[]
  /** The text of a parameter file, by absolute path; `undefined` when there is none. */
  readonly readText: (location: string) => string | undefined
  /** What hides a path from DVC, in words. */
  readonly hiddenBy?: ((location: string) => string | undefined) | undefined
  /** The section `parsing` of the settings: how maps become flags in `cmd`. */
  readonly parsing?: ParsingSettings | undefined
  /** What parses the files; `parseYamlNode` unless it is said. */
  readonly parseYaml?: YamlParser | undefined
}

/**
 * Parses all pipeline files: interpolation, `foreach` and `matrix` included. Pure but for `readText`.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID` with every problem and its line; `PIPELINE_CYCLE`
 */
export function parsePipeline(source: PipelineSource): Pipeline {
  const parsing: Parsing = {
    ...source,
    problems: createProblems(),
    topLevels: new Map(),
    uses: new Map(),
    emptyGroups: new Map(),
    warnings: [],
  }
  const { problems, topLevels, uses, emptyGroups, warnings } = parsing
  const parsed = source.files.flatMap((file) => parseFile(file, parsing))
  const stages = withoutContents(parsed, source.root)
  checkPaths(stages, source, problems)
  problems.check()
  const upstream = linkStages(stages)
  checkCycles(stages, upstream)
  return { stages, upstream, topLevels, uses, emptyGroups, warnings }
}

interface Parsing extends PipelineSource {
  readonly problems: Problems
  readonly topLevels: Map<string, TopLevel>
  readonly uses: Map<Stage, VariableUses>
  readonly emptyGroups: Map<string, readonly string[]>
  readonly warnings: string[]
}

function parseFile(file: PipelineFile, parsing: Parsing): Stage[] {
  const { root, directory, problems } = parsing
  const address = relativePosix(directory, join(root, file.path))
  if (file.path.endsWith('.dvc')) {
    const place = { root, file: file.path, address, parseYaml: parsing.parseYaml }
    const stage = parseDataFile(file.text, place, problems)
    return stage === undefined ? [] : [stage]
  }
  const folder = resolve(root, dirname(file.path))
  const home: StageHome = {
    root,
    folder,
    file: file.path,
    prefix: folder === directory ? '' : `${address}:`,
  }
  const parse = parsing.parseYaml ?? parseYamlNode
  const node = parse(file.text, address, problems, { keepsUnusable: true })
  const top = node && !isNothing(node) && readMap(node, address, problems)
  return top ? parseDocument(top, { home, address, parsing }) : []
}

/** What Python takes for nothing at all, `[]` and `null` too, is for DVC a file that says nothing. */
function isNothing(node: YamlNode): boolean {
  if (node.kind === 'list') return node.items.length === 0
  return node.kind === 'scalar' && node.unusable === undefined && isFalsy(node.value)
}

function isFalsy(value: YamlScalar): boolean {
  return value === null || value === false || value === '' || Number(value) === 0
}

interface FileContext {
  readonly home: StageHome
  readonly address: string
  readonly parsing: Parsing
}

function parseDocument(top: MapNode, { home, address, parsing }: FileContext): Stage[] {
  const { problems, topLevels, uses, warnings } = parsing
  const document = resolveDocument(top, {
    file: address,
    problems,
    parsing: parsing.parsing,
    parseYaml: parsing.parseYaml,
    readText: (path) => parsing.readText(resolve(home.folder, path)),
    warn: ({ file, line, column }, message) => {
      warnings.push(`${file}:${line}:${column}: ${message}`)
    },
  })
  topLevels.set(home.file, document.topLevel)
  parsing.emptyGroups.set(home.file, document.emptyGroups)
  return document.stages.flatMap((resolved) => {
    const stage = parseStage(resolved, home, problems)
    if (stage !== undefined) uses.set(stage, resolved.uses)
    return stage ?? []
  })
}

/** A `*.dvc` file that lies in an output is content, not a part of the pipeline. */
function withoutContents(stages: readonly Stage[], root: string): Stage[] {
  const outputs = new Set(stages.flatMap((stage) => stage.outputs.map(({ location }) => location)))
  const liesInOutput = (path: string): boolean => {
    const folder = dirname(path)
    return folder !== path && (outputs.has(folder) || liesInOutput(folder))
  }
  // Thousands of stages may stand in one file.
  const files = new Set(stages.map(({ file }) => file))
  const inside = new Set([...files].filter((file) => liesInOutput(join(root, file))))
  return stages.filter(({ file }) => !inside.has(file))
}
