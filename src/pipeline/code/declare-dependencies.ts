import { editYaml, type YamlEdit, type YamlPath } from '../yaml/edit-yaml.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { createProblems } from '../yaml/problems.ts'
import { parseYamlNode, type YamlNode } from '../yaml/yaml-node.ts'

/** Paths to add to the `deps` of one entry of `stages`. */
export interface NewDependencies {
  /** The name in `dvc.yaml`: of a stage, or of a `foreach` or `matrix` group. */
  readonly entry: string
  readonly paths: readonly string[]
}

/**
 * The text of a `dvc.yaml` with paths added to the `deps` of its stages, each where it belongs
 * when they are in order, else at the end. The members of a `foreach` share its `do`.
 *
 * @param file - the name that messages show
 * @throws {ToolkitError} `PIPELINE_INVALID` where `deps` is not a list, or shared by an anchor
 */
export function declareDependencies(
  text: string,
  file: string,
  additions: readonly NewDependencies[],
): string {
  return additions.reduce((before, addition) => {
    const problems = createProblems()
    const top = parseYamlNode(before, file, problems)
    problems.check()
    return editYaml(before, file, insertions(top, addition))
  }, text)
}

function insertions(top: YamlNode | undefined, { entry, paths }: NewDependencies): YamlEdit[] {
  const stage = memberAt(top, ['stages', entry])
  const body = memberAt(stage, ['do']) === undefined ? [] : ['do']
  const path: YamlPath = ['stages', entry, ...body, 'deps']
  const items = [...listedPaths(memberAt(top, path))]
  const isOrdered = items.every((item, i) => i === 0 || compareCodePoints(items[i - 1]!, item) <= 0)
  return [...paths].sort(compareCodePoints).map((value) => {
    const next = isOrdered ? items.findIndex((item) => compareCodePoints(item, value) > 0) : -1
    const index = next === -1 ? items.length : next
    items.splice(index, 0, value)
    return { kind: 'insert', path, value, index }
  })
}

function memberAt(node: YamlNode | undefined, path: YamlPath): YamlNode | undefined {
  let member = node
  for (const step of path) {
    if (member?.kind !== 'map') return undefined
    member = member.entries.find(({ key }) => String(key.value) === String(step))?.value
  }
  return member
}

/** DVC takes a list of paths only; anything else is refused when it is edited. */
function listedPaths(deps: YamlNode | undefined): string[] {
  if (deps?.kind !== 'list') return []
  return deps.items.map((item) => (item.kind === 'scalar' ? String(item.value) : ''))
}
