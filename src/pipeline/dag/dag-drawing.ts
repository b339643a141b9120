/** The graph drawn with boxes and lines for a terminal. */

import { splitComponents, type Dag, type DagNode } from './dag.ts'
import { layOutDag, type DagLayout, type PlacedArrow, type PlacedNode } from './dag-layout.ts'

/** How much room there is. */
export interface DrawingOptions {
  /** Columns; a part that is wider is told as a list. */
  readonly width: number
}

/** Each connected part as boxes with arrows from producer to consumer, or where that is too wide as a list. */
export function drawDag(dag: Dag, { width }: DrawingOptions): string {
  return splitComponents(dag)
    .map((component) => drawComponent(component, width))
    .join('')
}

/** Beyond this, a drawing helps nobody. */
const mostBoxes = 150

function drawComponent(component: readonly DagNode[], width: number): string {
  if (component.length > mostBoxes) return listNodes(component)
  const layout = layOutDag(component)
  const columns = Math.max(...layout.nodes.map((node) => node.left + node.width))
  return columns > width ? listNodes(component) : drawLayout(layout, columns)
}

/** One line for each, with what it is made from. */
function listNodes(nodes: readonly DagNode[]): string {
  const width = Math.max(...nodes.map(({ name }) => name.length))
  const lines = nodes.map(({ name, upstream }) =>
    upstream.length === 0 ? name : `${name.padEnd(width)}  ← ${upstream.join(', ')}`,
  )
  return `${lines.join('\n')}\n`
}

const boxHeight = 3

function drawLayout(layout: DagLayout, columns: number): string {
  const canvas: Canvas = { columns, cells: [] }
  let top = 0
  for (let layer = 0; layer < layout.layerCount; layer++) {
    const channel = planChannel(layout, layer)
    drawBoxes(layout, layer, { canvas, top })
    if (layer + 1 < layout.layerCount) drawChannel(channel, { canvas, top: top + boxHeight })
    top += boxHeight + channel.height
  }
  return toText(canvas)
}

interface Canvas {
  readonly columns: number
  /** Characters or lines, by row. */
  readonly cells: (Cell | undefined)[][]
}

/** A character, or the directions in which lines leave it. */
type Cell = string | { readonly lines: number }

interface Spot {
  readonly canvas: Canvas
  readonly top: number
}

const up = 1
const down = 2
const left = 4
const right = 8

/** By the sum of directions. */
const lineCharacters = ' ││││┘┐┤─└┌├─┴┬┼'

function rowOf({ cells, columns }: Canvas, row: number): (Cell | undefined)[] {
  while (cells.length <= row) cells.push(Array.from({ length: columns }, () => undefined))
  return cells[row]!
}

function addLine(canvas: Canvas, row: number, column: number, lines: number): void {
  const cells = rowOf(canvas, row)
  const cell = cells[column]
  const before = typeof cell === 'object' ? cell.lines : 0
  cells[column] = { lines: before | lines }
}

function drawBoxes(layout: DagLayout, layer: number, { canvas, top }: Spot): void {
  const isSource = new Set(layout.arrows.map(({ from }) => from))
  for (const [i, node] of layout.nodes.entries()) {
    if (node.layer !== layer) continue
    if (node.name === undefined) {
      for (let row = 0; row < boxHeight; row++) {
        addLine(canvas, top + row, centerOf(node), up | down)
      }
      continue
    }
    const inner = '─'.repeat(node.width - 2)
    write(canvas, { row: top, column: node.left }, `┌${inner}┐`)
    write(canvas, { row: top + 1, column: node.left }, `│ ${node.name} │`)
    write(canvas, { row: top + 2, column: node.left }, `└${inner}┘`)
    if (isSource.has(i)) write(canvas, { row: top + 2, column: centerOf(node) }, '┬')
  }
}

function write(
  canvas: Canvas,
  { row, column }: { readonly row: number; readonly column: number },
  text: string,
): void {
  for (const [i, character] of Array.from(text).entries())
    rowOf(canvas, row)[column + i] = character
}

function centerOf(node: PlacedNode): number {
  return node.left + Math.floor((node.width - 1) / 2)
}

/** The lines between one layer and the next. */
interface Channel {
  readonly buses: readonly Bus[]
  /** The row of each that does not go straight down, from 0. */
  readonly rows: ReadonlyMap<Bus, number>
  /** Rows, the last of which has the arrow heads. */
  readonly height: number
}

/** All arrows that leave one node: down to a row of their own, along it, and down to each target. */
interface Bus {
  readonly column: number
  readonly targets: readonly { readonly column: number; readonly hasHead: boolean }[]
}

function planChannel({ nodes, arrows }: DagLayout, layer: number): Channel {
  const own = arrows.filter(({ from }) => nodes[from]!.layer === layer)
  const sources = [...new Set(own.map(({ from }) => from))]
  const buses = sources.map((from) => toBus(from, own, nodes))
  const rows = assignRows(buses)
  const height = Math.max(0, ...Array.from(rows.values(), (row) => row + 1)) + 1
  return { buses, rows, height }
}

function toBus(from: number, arrows: readonly PlacedArrow[], nodes: readonly PlacedNode[]): Bus {
  const targets = arrows
    .filter((arrow) => arrow.from === from)
    .map(({ to }) => ({ column: centerOf(nodes[to]!), hasHead: nodes[to]!.name !== undefined }))
  return { column: centerOf(nodes[from]!), targets }
}

/**
 * Rows for those that do not go straight down, from the top: a bus whose start lies above another's target goes
 * first, or the two lines would run into each other; those that do not touch share a row.
 */
function assignRows(buses: readonly Bus[]): ReadonlyMap<Bus, number> {
  const rows = new Map<Bus, number>()
  const waiting = buses.filter(({ column, targets }) =>
    targets.some((target) => target.column !== column),
  )
  const mustWait = (bus: Bus): boolean =>
    waiting.some(
      (other) => other !== bus && bus.targets.some(({ column }) => column === other.column),
    )
  while (waiting.length > 0) {
    const at = Math.max(
      0,
      waiting.findIndex((bus) => !mustWait(bus)),
    ) // Two that wait for each other must cross.
    const [bus] = waiting.splice(at, 1)
    const earliest = Math.max(
      -1,
      ...buses.map((other) =>
        bus!.targets.some(({ column }) => column === other.column) ? (rows.get(other) ?? -1) : -1,
      ),
    )
    let row = earliest + 1
    while (buses.some((other) => rows.get(other) === row && isNear(bus!, other))) row++
    rows.set(bus!, row)
  }
  return rows
}

function isNear(a: Bus, b: Bus): boolean {
  const [first, second] = [spanOf(a), spanOf(b)]
  return first[0] <= second[1] + 1 && second[0] <= first[1] + 1
}

function spanOf({ column, targets }: Bus): [number, number] {
  const columns = [column, ...targets.map((target) => target.column)]
  return [Math.min(...columns), Math.max(...columns)]
}

function drawChannel({ buses, rows, height }: Channel, { canvas, top }: Spot): void {
  for (const bus of buses) drawVerticals(bus, rows.get(bus), { canvas, top, height })
  for (const bus of buses) {
    const row = rows.get(bus)
    if (row !== undefined) drawHorizontal(bus, { canvas, top: top + row })
  }
  for (const { targets } of buses) {
    for (const { column, hasHead } of targets) {
      if (hasHead) rowOf(canvas, top + height - 1)[column] = '▼'
    }
  }
}

function drawVerticals(
  { column: start, targets }: Bus,
  turn: number | undefined,
  { canvas, top, height }: Spot & { readonly height: number },
): void {
  if (turn !== undefined) {
    for (let row = 0; row < turn; row++) addLine(canvas, top + row, start, up | down)
    addLine(canvas, top + turn, start, up)
  }
  for (const { column } of targets) {
    if (turn !== undefined) addLine(canvas, top + turn, column, down)
    const first = turn === undefined ? 0 : turn + 1
    for (let row = first; row < height; row++) addLine(canvas, top + row, column, up | down)
  }
}

/** Where it passes the line of another, that one is drawn through. */
function drawHorizontal(bus: Bus, { canvas, top }: Spot): void {
  const [start, end] = spanOf(bus)
  const ports = new Set([bus.column, ...bus.targets.map(({ column }) => column)])
  const cells = rowOf(canvas, top)
  for (let column = start; column <= end; column++) {
    const lines = (column > start ? left : 0) | (column < end ? right : 0)
    const isCrossing = !ports.has(column) && cells[column] !== undefined
    if (!isCrossing) addLine(canvas, top, column, lines)
  }
}

function toText({ cells }: Canvas): string {
  const lines = cells.map((row) => row.map(toCharacter).join('').trimEnd())
  return `${lines.join('\n')}\n`
}

function toCharacter(cell: Cell | undefined): string {
  if (cell === undefined) return ' '
  return typeof cell === 'string' ? cell : lineCharacters[cell.lines]!
}
