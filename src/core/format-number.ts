/** Numbers as people read them: grouped digits, few decimals, shares as percent. */

/** A count with its digits in groups of three: `30,000`. */
export function formatCount(count: number): string {
  return groupDigits(String(count))
}

/** A noun as it stands behind a count: '1 row', '2 rows', 'no rows'. */
export function pluralize(count: number, noun: string): string {
  return count === 1 ? noun : `${noun}s`
}

/**
 * Whole numbers below 10¹⁵ in full, others with five significant digits: `1,234.6`;
 * very large and very small ones with a power of ten.
 */
export function formatNumber(number: number): string {
  const size = Math.abs(number)
  if (Number.isInteger(number) && size < 1e15) return groupDigits(String(number))
  if (!Number.isFinite(number)) return formatNotFinite(number)
  if (size >= 1e9 || size < 1e-4) return tidyExponent(number.toExponential(3))
  return groupDigits(String(size >= 1e4 ? Math.round(number) : Number(number.toPrecision(5))))
}

/**
 * A metric with so many digits behind the point: `0.7774`. Of one that is not 0 and would read as if it were there are more, and
 * of one beyond a million fewer: errors are in the unit of the target.
 */
export function formatMetric(metric: number, digits = 4): string {
  const size = Math.abs(metric)
  if (!Number.isFinite(metric) || size >= 1e6) return formatNumber(metric)
  const fixed = metric.toFixed(digits)
  return metric !== 0 && Number(fixed) === 0 ? formatNumber(metric) : fixed
}

/**
 * A share from 0 to 1 as percent with three significant digits: `1.04 %`. What
 * is not quite nothing or not quite all never reads as if it were.
 */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent > 0 && percent < 0.01) return '< 0.01 %'
  if (percent < 100 && percent > 99.99) return '> 99.99 %'
  const digits = percent > 99 && percent < 100 ? percent.toFixed(2) : percent.toPrecision(3)
  return `${Number(digits)} %`
}

function formatNotFinite(number: number): string {
  if (Number.isNaN(number)) return 'NaN'
  return number > 0 ? '∞' : '−∞'
}

function tidyExponent(text: string): string {
  const [digits = '', exponent = ''] = text.split('e')
  return `${Number(digits)}e${Number(exponent)}`
}

function groupDigits(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A text, or the first characters of one that is longer: `It was a dark…`. No character is cut in two. */
export function cutText(text: string, longest: number): string {
  if (text.length <= longest) return text
  return `${text.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…`
}

/**
 * At most so many characters; a longer text loses its middle, because names often differ in their ends.
 *
 * @param longest - at least 2
 */
export function shortenText(text: string, longest: number): string {
  // A text of many megabytes is not taken apart as a whole.
  const head = Array.from(text.slice(0, longest * 2 + 2))
  if (text.length <= longest || (text.length <= longest * 2 && head.length <= longest)) return text
  const kept = longest - 1
  const end = Math.floor(kept / 3)
  const tail = Array.from(text.slice(-2 * end - 2)).slice(-end)
  return `${head.slice(0, kept - end).join('')}…${end === 0 ? '' : tail.join('')}`
}
