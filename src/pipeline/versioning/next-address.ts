import { showAddress } from '../../core/show-address.ts'

/** Where a redirect leads, or why it is not followed. */
export type NextAddress =
  | { readonly kind: 'address'; readonly address: string }
  | { readonly kind: 'refused'; readonly reason: string }

/** Decides about a redirect. @param location - as the server says it; from the present address when it is relative */
export function nextAddress(location: string, current: string): NextAddress {
  if (!URL.canParse(location, current)) {
    return refuse(`it leads to '${location}', which is no address`)
  }
  const next = new URL(location, current)
  const shown = showAddress(next.href)
  if (!['http:', 'https:'].includes(next.protocol)) {
    return refuse(`it leads to '${shown}', which is not on the web`)
  }
  if (next.protocol === 'http:' && new URL(current).protocol === 'https:') {
    return refuse(`it leads from https to '${shown}', where anybody on the way can change it`)
  }
  if (next.username !== '' || next.password !== '') {
    return refuse(`it leads to '${shown}' with a user or a password in the address`)
  }
  return { kind: 'address', address: next.href }
}

function refuse(reason: string): NextAddress {
  return { kind: 'refused', reason }
}
