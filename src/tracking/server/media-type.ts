/** Media types of artifacts: none that a browser would run code from. */

import { ownMember } from '../../core/own-member.ts'

/** Shown as text, markup included. */
const textEndings = new Set(
  `cfg cnf conf css csv err htm html hocon ini js json log md mjs mlmodel mlproject prop properties
   py rst svg toml ts tsv txt xhtml xml yaml yml`.split(/\s+/),
)

const otherTypes: Readonly<Record<string, string>> = {
  bmp: 'image/bmp',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  pdf: 'application/pdf',
  png: 'image/png',
  webp: 'image/webp',
  zip: 'application/zip',
}

/** By the end of the name, or all of it when there is no dot: `MLmodel`. */
export function mediaTypeOf(name: string): string {
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  if (textEndings.has(ending)) return 'text/plain; charset=utf-8'
  return ownMember(otherTypes, ending) ?? 'application/octet-stream'
}
