import { expect, test } from 'vitest';
import { change } from './share';

const share = (lowest: number, highest: number) => ({
  value: (lowest + highest) / 2,
  lowest,
  highest,
  n: 100,
});

test('a change is told where the intervals part, and only there', () => {
  expect(change(share(0.2, 0.3), share(0.31, 0.4))).toBe('up');
  expect(change(share(0.5, 0.6), share(0.31, 0.4))).toBe('down');
  expect(change(share(0.2, 0.3), share(0.3, 0.4))).toBe('not sure');
  expect(change(share(0.2, 0.5), share(0.3, 0.4))).toBe('not sure');
});

test('nothing is told of a change from or to nothing', () => {
  expect(change(null, share(0.3, 0.4))).toBe('not sure');
  expect(change(share(0.3, 0.4), undefined)).toBe('not sure');
});
