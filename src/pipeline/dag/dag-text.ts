/** The graph as text that other programs draw. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import { splitComponents, type Dag } from './dag.ts'

/** For Graphviz: nodes in the graph's order, then arrows from producer to consumer, as DVC prints them. */
export function formatDot({ nodes }: Dag): string {
  const consumers = new Map<string, string[]>(nodes.map(({ name }) => [name, []]))
  for (const { name, upstream } of nodes) {
    for (const producer of new Set(upstream)) consumers.get(producer)?.push(name)
  }
  const arrows = nodes.flatMap(({ name }) =>
    consumers.get(name)!.map((consumer) => `${quote(name)} -> ${quote(consumer)};`),
  )
  const names = nodes.map(({ name }) => `${quote(name)};`)
  return ['strict digraph {', ...names, ...arrows, '}', ''].join('\n')
}

function quote(name: string): string {
  return `"${name.replaceAll('"', String.raw`\"`)}"`
}

/** For Mermaid: each connected part with its nodes and then its arrows in order of their names, as DVC prints them. */
export function formatMermaid(dag: Dag): string {
  const lines = ['flowchart TD']
  let count = 0
  for (const component of splitComponents(dag)) {
    const names = component.map(({ name }) => name).sort(compareCodePoints)
    const ids = new Map(names.map((name, i) => [name, `node${count + i + 1}`]))
    count += names.length
    for (const name of names) lines.push(`\t${ids.get(name)}["${name.replaceAll('"', '#quot;')}"]`)
    const arrows = component.flatMap(({ name, upstream }) =>
      upstream.map((parent) => [parent, name] as const),
    )
    arrows.sort((a, b) => compareCodePoints(a[0], b[0]) || compareCodePoints(a[1], b[1]))
    for (const [parent, name] of arrows) lines.push(`\t${ids.get(parent)}-->${ids.get(name)}`)
  }
  return `${lines.join('\n')}\n`
}

/** Mermaid in a fence, for Markdown. */
export function formatMermaidMarkdown(dag: Dag): string {
  return `\`\`\`mermaid\n${formatMermaid(dag)}\`\`\`\n`
}
