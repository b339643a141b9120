/** Something wrong, and what to do about it. Who looks for all of them says them in one error. */
export interface Problem {
  readonly what: string
  readonly hint: string
}
