import type { Row } from '../api/sums';
import { count, percent } from '../shared/format';
import type { Share } from '../shared/share';
import type { ShownColumn } from '../shared/Table';

/** A share with its interval and n: one cell to read, and four for a spreadsheet. */
export function shareColumns<R>(
  title: string,
  share: (row: R) => Share | null | undefined,
): ShownColumn<R>[] {
  const number = (name: string, value: (share: Share) => number): ShownColumn<R> => ({
    title: `${title}: ${name}`,
    csvOnly: true,
    value: (row) => {
      const found = share(row);
      return found ? value(found) : null;
    },
  });
  return [
    {
      title,
      numeric: true,
      value: (row) => share(row)?.value ?? null,
      shown: (row) => {
        const found = share(row);
        return found ? percent(found.value) : '–';
      },
    },
    {
      title: 'Interval',
      numeric: true,
      value: (row) => {
        const found = share(row);
        return found ? `${percent(found.lowest)} to ${percent(found.highest)}` : null;
      },
    },
    number('lowest', (found) => found.lowest),
    number('highest', (found) => found.highest),
    number('n', (found) => found.n),
  ];
}

export function countColumn<R extends Row>(
  title: string,
  metric: 'votes' | 'positive' | 'negative' | 'neutral' | 'comments',
): ShownColumn<R> {
  return {
    title,
    numeric: true,
    value: (row) => row[metric] ?? 0,
    shown: (row) => count(row[metric] ?? 0),
  };
}
