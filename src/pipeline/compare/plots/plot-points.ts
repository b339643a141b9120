/** From rows of files to the points of a plot. */

import { ToolkitError } from '../../../core/errors.ts'
import type { YamlValue } from '../../yaml/yaml-value.ts'
import type { PlotRequest } from './plot-definitions.ts'
import type { PlotData, PlotRow } from './plot-rows.ts'

/** The points of one revision, one series for each pair of file and field. */
export interface PlotSeries {
  readonly revision: string
  /** Short: without what all files of the plot have in common. */
  readonly file: string
  readonly field: string
  readonly points: readonly PlotPoint[]
}

/** One point, with the whole row that it comes from. */
export interface PlotPoint {
  readonly x: YamlValue | undefined
  readonly y: YamlValue | undefined
  readonly row: PlotRow
}

/** What the axes show. */
export interface PlotAxes {
  /** The field; 'step' when none is named, 'dvc_inferred_x_value' when there are several. */
  readonly xField: string
  /** The field; 'dvc_inferred_y_value' when there are several. */
  readonly yField: string
  readonly xLabel: string
  readonly yLabel: string
}

/** All series of one revision. */
export interface RevisionPoints extends PlotAxes {
  readonly series: readonly PlotSeries[]
}

/** One field of one file. */
interface Source {
  readonly file: string
  readonly field: string
}

/**
 * Finds the fields of a plot in its data. Without `y`, the last field is drawn; without `x`, the rows are counted.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_FILE_INVALID` when x and y do not fit together
 */
export function toPoints(
  request: PlotRequest,
  revision: string,
  data: ReadonlyMap<string, PlotData>,
): RevisionPoints {
  const ys = ySources(request, data)
  const xs = xSources(request, ys)
  if (xs.length > 1 && xs.length !== ys.length) {
    throw new ToolkitError(
      'DATA_FILE_INVALID',
      `the plot '${request.id}' has ${xs.length} fields for x and ${ys.length} for y`,
      { hint: 'name one x for all, or one for each y' },
    )
  }
  for (const source of [...xs, ...ys]) checkField(source, data)
  const prefix = commonFolder(ys.map(({ file }) => file))
  const series = ys.map((y, i) => ({
    revision,
    file: y.file.slice(prefix.length),
    field: y.field,
    points: joinAxes(y, xs.length > 1 ? xs[i] : xs[0], data),
  }))
  return {
    series: series.filter(({ points }) => points.length > 0),
    xField: fieldOf(xs, { none: 'step', many: 'dvc_inferred_x_value' }),
    yField: fieldOf(ys, { none: 'y', many: 'dvc_inferred_y_value' }),
    xLabel: request.style.xLabel ?? fieldOf(xs, { none: 'step', many: 'x' }),
    yLabel: request.style.yLabel ?? fieldOf(ys, { none: 'y', many: 'y' }),
  }
}

function ySources(
  { id, style }: PlotRequest,
  data: ReadonlyMap<string, PlotData>,
): readonly Source[] {
  if (style.y.length === 0) {
    const field = data.get(id)?.lastField
    return field === undefined ? [] : [{ file: id, field }]
  }
  return style.y.flatMap(({ file, fields }) => fields.map((field) => ({ file: file ?? id, field })))
}

function xSources({ style }: PlotRequest, ys: readonly Source[]): readonly Source[] {
  return style.x.flatMap(({ file, fields }) =>
    file === undefined
      ? fields.flatMap((field) => ys.map((y) => ({ file: y.file, field })))
      : fields.map((field) => ({ file, field })),
  )
}

function checkField({ file, field }: Source, data: ReadonlyMap<string, PlotData>): void {
  const first = data.get(file)?.rows[0]
  if (first === undefined || first.has(field)) return
  const names = [...first.keys()]
  throw new ToolkitError('DATA_COLUMN_MISSING', `there is no field '${field}' in '${file}'`, {
    hint: `the fields are: ${names.join(', ')}`,
    details: { file, field, names },
  })
}

function joinAxes(
  y: Source,
  x: Source | undefined,
  data: ReadonlyMap<string, PlotData>,
): PlotPoint[] {
  const rows = data.get(y.file)?.rows ?? []
  const xRows = x && (data.get(x.file)?.rows ?? [])
  if (xRows !== undefined && xRows.length !== rows.length) {
    throw new ToolkitError(
      'DATA_FILE_INVALID',
      `'${x?.file}' has ${xRows.length} rows, but '${y.file}' has ${rows.length}`,
      { hint: 'x and y need as many rows' },
    )
  }
  return rows.map((row, i) => ({
    x: x === undefined ? BigInt(i) : xRows?.[i]?.get(x.field),
    y: row.get(y.field),
    row,
  }))
}

/** The folder that all paths lie in, with a slash; of one path nothing. */
function commonFolder(paths: readonly string[]): string {
  const [first = '', ...others] = new Set(paths)
  if (others.length === 0) return ''
  const parts = first.split('/').slice(0, -1)
  const shared = parts.findIndex((part, i) => others.some((path) => path.split('/')[i] !== part))
  const kept = shared === -1 ? parts : parts.slice(0, shared)
  return kept.length === 0 ? '' : `${kept.join('/')}/`
}

function fieldOf(
  sources: readonly Source[],
  { none, many }: { readonly none: string; readonly many: string },
): string {
  const [first, ...others] = new Set(sources.map(({ field }) => field))
  if (first === undefined) return none
  return others.length === 0 ? first : many
}
