import { userInfo } from 'node:os'

/** Who runs this, for logs of what was changed; a container may run as somebody without a name. */
export function currentUser(): string {
  try {
    return userInfo().username
  } catch {
    return ''
  }
}
