import { ToolkitError } from './errors.ts'

/** Turns what the operating system says of a port into an error with a hint; any other error stays as it is. */
export function asListenError(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): unknown {
  // What is said of a file, which a server reads before it listens, is about no port.
  const isOfPort = error instanceof Error && 'code' in error && !('path' in error)
  const code = isOfPort ? String(error.code) : ''
  if (!Object.hasOwn(listenFaults, code)) return error
  return new ToolkitError('PORT_UNAVAILABLE', `cannot listen on ${host}:${port}: ${code}`, {
    hint: listenFaults[code],
    details: { host, port, code },
    cause: error,
  })
}

const listenFaults: Readonly<Record<string, string>> = {
  EACCES: 'take a port above 1023: --port <number>',
  EADDRINUSE: 'another program has this port: stop it, or take another one: --port <number>',
  EADDRNOTAVAIL: 'this machine has no such address: take another one: --host <address>',
  EINVAL: 'this is no address: take another one: --host <address>',
  ENOTFOUND: 'this name has no address: take another one: --host <address>',
}
