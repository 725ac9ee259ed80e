import type { Schemas } from '../api/client';

export type Share = Schemas['Share'];

/** What changed between two shares: nothing is said unless their intervals lie apart. */
export type Change = 'up' | 'down' | 'not sure';

export function change(before: Share | null | undefined, now: Share | null | undefined): Change {
  if (!before || !now) return 'not sure';
  if (now.lowest > before.highest) return 'up';
  if (now.highest < before.lowest) return 'down';
  return 'not sure';
}
