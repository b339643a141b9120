/** Names of folders that hold what git and dvc do, and that no data may come into. */

/**
 * Which of `.git`, `.hg` and `.dvc` a file system may take this name for. Linux takes each name as it is; that of macOS
 * heeds no case, and an older one no invisible characters either; Windows, whose disks WSL shows, drops blanks and
 * dots at the end and has short names. A file in `.GIT/hooks` is run there by the next commit [CVE-2014-9390].
 */
export function readReservedName(name: string): '.git' | '.hg' | '.dvc' | undefined {
  if (!suspect.test(name)) return undefined
  const plain = name
    .replaceAll(invisible, '')
    .toLowerCase()
    .replace(/[. ]+$/, '')
  if (plain === '.git' || /^git~\d+$/.test(plain)) return '.git'
  return plain === '.hg' || plain === '.dvc' ? plain : undefined
}

/** Few names are: folders of 100,000 files are gone through. */
const suspect = /^[.g]|[^ -~]/i

/** What HFS+ ignores in names. */
const invisible = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g
