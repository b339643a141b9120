/** The templates of DVC that are drawn here; one of the user's own is drawn as lines. */
export const templateNames: readonly string[] = [
  'bar_horizontal',
  'bar_horizontal_sorted',
  'confusion',
  'confusion_normalized',
  'linear',
  'scatter',
  'scatter_jitter',
  'simple',
  'smooth',
]
