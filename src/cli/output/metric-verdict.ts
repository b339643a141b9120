/** Whether a metric that changed got better, as far as its name tells. */

/** What a smaller value is better for. */
const lowerIsBetter =
  /(?:^|[^a-z])(?:loss|error|err|mse|mae|rmse|mape|brier|perplexity|hinge|hamming|deviance|latency|duration|time|ece|fpr|fnr)(?:$|[^a-z])/
/** What a larger value is better for. */
const higherIsBetter =
  /(?:^|[^a-z])(?:auc|accuracy|acc|f1|precision|recall|r2|score|gini|ks|ndcg|map|mrr|bleu|rouge|iou|dice|kappa|mcc|sensitivity|specificity|tpr|tnr|lift|likelihood)(?:$|[^a-z])/

export type MetricVerdict = 'better' | 'worse' | undefined

/** `undefined` when the name does not tell, or one of the values is missing or NaN. */
export function judgeMetric({
  name,
  before,
  after,
}: {
  readonly name: string
  readonly before: number | null
  readonly after: number | null
}): MetricVerdict {
  if (before === null || after === null) return undefined
  if (Number.isNaN(before) || Number.isNaN(after)) return undefined
  const words = name.replaceAll(/([a-z])([A-Z])/g, '$1_$2').toLowerCase()
  // A loss is one whatever else its name says: 'accuracy_loss', 'auc_error'.
  if (lowerIsBetter.test(words)) return after < before ? 'better' : 'worse'
  if (higherIsBetter.test(words)) return after > before ? 'better' : 'worse'
  return undefined
}
