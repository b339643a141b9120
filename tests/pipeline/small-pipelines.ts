/** Pipelines for tests: their files by path. */

/** Two stages, the second with a metric that is not cached. */
export const chain = {
  'in.txt': 'hello\n',
  'params.yaml': 'minimum: 1\n',
  'dvc.yaml': `stages:
  upper:
    cmd: tr a-z A-Z < in.txt > upper.txt
    deps: [in.txt]
    outs: [upper.txt]
  count:
    cmd: wc -c < upper.txt | tr -d ' ' > count.json
    deps: [upper.txt]
    params: [minimum]
    metrics: [{count.json: {cache: false}}]
`,
}

/** A stage that writes a folder, and one that reads from it. */
export const folderOutput = {
  'dvc.yaml': `stages:
  make:
    cmd: mkdir -p made/deep && echo a > made/a.txt && echo b > made/deep/b.txt
    outs: [made]
  use:
    cmd: cat made/a.txt > used.txt
    deps: [made/a.txt]
    outs: [used.txt]
`,
}
