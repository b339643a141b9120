/** The text of an ES module, made of the sources in `src`, or in `dist` once they are compiled. */
export function bundlePredictor(folder: string): Promise<string>
