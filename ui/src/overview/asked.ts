import type { Range, Step } from './period';

/** What the panels of the overview are asked to tell of. */
export interface Asked {
  project: string | undefined;
  range: Range;
  earlier: Range;
  by: Step;
}
