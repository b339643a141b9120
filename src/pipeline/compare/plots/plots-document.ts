/** Plots as JSON: their points, one row for each. */

import type { YamlMap, YamlScalar, YamlValue } from '../../yaml/yaml-value.ts'
import type { PlotSeries } from './plot-points.ts'
import { imageTypeOf } from './plot-rows.ts'
import type { ChartPlot, ImagePlot, Plot, PlotCollection } from './read-plots.ts'

/**
 * `data` has for each plot a list: one chart with its `datapoints`, or an image for each revision, with its
 * content as `url`. `errors` is there only when something could not be read. A datapoint is the row of its file with
 * `rev`, with `step` when x is not named, with `dvc_inferred_y_value` when y has several fields, and with
 * `filename`, `field` or `filename::field`, whatever tells its series; the names are DVC's.
 */
export function toPlotsDocument({ plots, failures }: PlotCollection): YamlMap {
  const document = new Map<YamlScalar, YamlValue>()
  if (failures.length > 0) {
    document.set(
      'errors',
      failures.map(({ id, revision, error }) =>
        toMap({ name: id, rev: revision, type: error.code, msg: error.message }),
      ),
    )
  }
  return document.set('data', new Map(plots.map((plot) => [plot.id, toItems(plot)])))
}

function toItems(plot: Plot): YamlValue {
  if (plot.kind === 'image') return plot.images.map(toImage)
  return plot.series.length === 0 ? [] : [toChart(plot)]
}

function toImage({ revision, path, bytes }: ImagePlot['images'][number]): YamlMap {
  return toMap({ type: 'image', revisions: [revision], path, url: toDataUrl(path, bytes) })
}

/** A picture that needs no file beside the page. */
export function toDataUrl(path: string, bytes: Uint8Array): string {
  return `data:${imageTypeOf(path)};base64,${Buffer.from(bytes).toString('base64')}`
}

function toChart(plot: ChartPlot): YamlMap {
  return toMap({
    type: 'chart',
    revisions: plot.revisions,
    title: plot.title,
    template: plot.template,
    x_label: plot.xLabel,
    y_label: plot.yLabel,
    datapoints: toDatapoints(plot.series, plot),
  })
}

function toDatapoints(series: readonly PlotSeries[], { xField, yField }: ChartPlot): YamlMap[] {
  const [files, fields] = [
    new Set(series.map(({ file }) => file)),
    new Set(series.map(({ field }) => field)),
  ]
  const varied = [...(files.size > 1 ? ['filename'] : []), ...(fields.size > 1 ? ['field'] : [])]
  return series.flatMap(({ revision, file, field, points }) => {
    const names: Readonly<Record<string, string>> = { filename: file, field }
    return points.map(({ x, y, row }) => {
      const datapoint = new Map<YamlScalar, YamlValue>(row)
      if (y !== undefined) datapoint.set(yField, y)
      if (x !== undefined) datapoint.set(xField, x)
      datapoint.set('rev', revision)
      if (varied.length > 0) {
        datapoint.set(varied.join('::'), varied.map((name) => names[name]).join('::'))
      }
      return datapoint
    })
  })
}

function toMap(values: Readonly<Record<string, YamlValue>>): YamlMap {
  return new Map(Object.entries(values))
}
