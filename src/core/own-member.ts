/**
 * What an object that data fills has under a name; `undefined` where it has nothing of its own, also under `constructor`
 * or another name that every object knows.
 */
export function ownMember<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined
}
