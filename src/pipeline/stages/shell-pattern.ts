/** A shell pattern as Python's fnmatch reads it; a bracket that does not close is itself. */
export function compileShellPattern(glob: string): RegExp {
  const source = glob.replace(
    /\*+|\?|\[(!?)(\]?[^\]]*)\]|[^]/gu,
    (part, not: string | undefined, set: string | undefined) => {
      if (part.startsWith('*')) return '[^]*'
      if (part === '?') return '[^]'
      if (set === undefined) return part.replace(/[\\^$.+()[\]{}|]/g, '\\$&')
      return `[${not === '!' ? '^' : ''}${formatSet(set)}]`
    },
  )
  return new RegExp(`^${source}$`, 'u')
}

/** The characters of a bracket; a range whose end lies before its start is empty. */
function formatSet(set: string): string {
  const ranges = set.replace(/([^])-([^])/gu, (range, from: string, to: string) =>
    (from.codePointAt(0) ?? 0) > (to.codePointAt(0) ?? 0) ? '' : range,
  )
  return ranges.replace(/[\\[\]^]/g, '\\$&')
}
