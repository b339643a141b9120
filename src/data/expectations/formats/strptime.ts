/** Texts against formats of Python's datetime.strptime, with English names of days and months. */

import { daysInMonth } from './days-in-month.ts'

/** Names of directives and the group of each; `%p` and the like are read in any case. */
const directives: Readonly<Record<string, string>> = {
  a: 'mon|tue|wed|thu|fri|sat|sun',
  A: 'wednesday|thursday|saturday|tuesday|monday|friday|sunday',
  b: 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec',
  B: 'september|february|november|december|january|october|august|march|april|june|july|may',
  d: String.raw`3[0-1]|[1-2]\d|0[1-9]|[1-9]| [1-9]`,
  f: String.raw`\d{1,6}`,
  G: String.raw`\d{4}`,
  H: String.raw`2[0-3]|[0-1]\d|\d`,
  I: '1[0-2]|0[1-9]|[1-9]',
  j: String.raw`36[0-6]|3[0-5]\d|[1-2]\d\d|0[1-9]\d|00[1-9]|[1-9]\d|0[1-9]|[1-9]`,
  m: '1[0-2]|0[1-9]|[1-9]',
  M: String.raw`[0-5]\d|\d`,
  p: 'am|pm',
  S: String.raw`6[0-1]|[0-5]\d|\d`,
  u: '[1-7]',
  U: String.raw`5[0-3]|[0-4]\d|\d`,
  V: String.raw`5[0-3]|0[1-9]|[1-4]\d|\d`,
  w: '[0-6]',
  W: String.raw`5[0-3]|[0-4]\d|\d`,
  y: String.raw`\d\d`,
  Y: String.raw`\d{4}`,
  z: String.raw`[+-]\d\d:?[0-5]\d(?::?[0-5]\d(?:\.\d{1,6})?)?|Z`,
  Z: 'utc|gmt',
}

const composed: Readonly<Record<string, string>> = {
  c: '%a %b %d %H:%M:%S %Y',
  x: '%m/%d/%y',
  X: '%H:%M:%S',
}

/** What is wrong with a format, or `undefined`: what Python would refuse whatever the text. */
export function describeFormatProblem(format: string): string | undefined {
  const used = listDirectives(format)
  if (/(^|[^%])(%%)*%$/.test(format)) return "ends with a lone '%'"
  const unknown = used.find((name) => name !== '%' && directives[name] === undefined)
  if (unknown !== undefined) return `has the unknown directive '%${unknown}'`
  const given = used.filter((name) => name !== '%')
  const repeated = given.find((name, i) => given.indexOf(name) < i)
  if (repeated !== undefined) return `has '%${repeated}' twice`
  const has = (name: string): boolean => given.includes(name)
  const hasWeekday = ['a', 'A', 'w', 'u'].some(has)
  if (has('G') && !(has('V') && hasWeekday)) return "has '%G' without '%V' and a day of the week"
  if (has('V') && !(has('G') && hasWeekday)) return "has '%V' without '%G' and a day of the week"
  return has('G') && has('j') ? "has both '%G' and '%j'" : undefined
}

function listDirectives(format: string): string[] {
  return [...expand(format).matchAll(/%(.)/gs)].map((match) => match[1]!)
}

function expand(format: string): string {
  return format.replaceAll(/%(.)/gs, (found, name: string) => composed[name] ?? found)
}

/** A function that says whether strptime reads a whole text. @param format - one without problems */
export function createFormatMatcher(format: string): (text: string) => boolean {
  const pattern = expand(format).replaceAll(
    /%(.)|\s+|[\\.^$*+?(){}[\]|]/gs,
    (found, name?: string) => {
      if (name === '%') return '%'
      if (name !== undefined) return `(?<${name}>${directives[name]!})`
      return /\s/.test(found) ? String.raw`\s+` : `\\${found}`
    },
  )
  // Python does not look for another way to match when text is left over.
  const regex = new RegExp(pattern, 'iy')
  return (text) => {
    regex.lastIndex = 0
    const match = regex.exec(text)
    return match !== null && match[0].length === text.length && isTime(match.groups ?? {})
  }
}

type Fields = Readonly<Record<string, string | undefined>>

/** Whether the fields name a day and a time that exist. */
function isTime(fields: Fields): boolean {
  if (Number(fields['S'] ?? 0) > 59 || !isZone(fields['z'])) return false
  if (fields['G'] !== undefined) return Number(fields['G']) >= 1 && Number(fields['V']) >= 1
  const year = yearOf(fields)
  if (year < 1) return false
  if (fields['j'] !== undefined) return true
  const day = Number(fields['d'] ?? 1)
  return day <= daysInMonth(year, monthOf(fields))
}

/** 1900 where a format has no year. */
function yearOf(fields: Fields): number {
  if (fields['y'] === undefined) return Number(fields['Y'] ?? 1900)
  const short = Number(fields['y'])
  return short <= 68 ? 2000 + short : 1900 + short
}

function monthOf(fields: Fields): number {
  const name = (fields['b'] ?? fields['B'])?.slice(0, 3).toLowerCase()
  if (name !== undefined) return directives['b']!.split('|').indexOf(name) + 1
  return Number(fields['m'] ?? 1)
}

/** 'Z' is a zone, 'z' is none; an offset is shorter than a day. */
function isZone(zone: string | undefined): boolean {
  if (zone === undefined || zone === 'Z') return true
  return zone !== 'z' && Number(zone.slice(1, 3)) < 24
}
