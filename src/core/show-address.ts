/** An address as it is shown: without user, password and query, which may be secret. */
export function showAddress(address: string): string {
  if (!URL.canParse(address)) return address
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}
