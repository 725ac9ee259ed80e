import { expect, test } from 'vitest';
import { before, rangeOf, steps } from './period';

const noon = new Date('2026-03-31T12:00:00Z');

test('a period ends with today, where whoever reads is', () => {
  expect(rangeOf({ period: '7', by: 'day' }, 'UTC', noon)).toEqual({
    since: '2026-03-25',
    until: '2026-04-01',
  });
  const late = new Date('2026-03-31T23:30:00Z');
  expect(rangeOf({ period: '7', by: 'day' }, 'Europe/Berlin', late).until).toBe('2026-04-02');
});

test('a period begins where its first step does', () => {
  expect(rangeOf({ period: '30', by: 'week' }, 'UTC', noon).since).toBe('2026-03-02');
  expect(rangeOf({ period: '30', by: 'month' }, 'UTC', noon).since).toBe('2026-03-01');
});

test('as many days come before', () => {
  expect(before({ since: '2026-03-02', until: '2026-04-01' })).toEqual({
    since: '2026-01-31',
    until: '2026-03-02',
  });
});

test('every step of a range is there, across the change of the clocks and of the year', () => {
  expect(steps({ since: '2026-03-27', until: '2026-04-01' }, 'day')).toHaveLength(5);
  expect(steps({ since: '2025-12-22', until: '2026-01-10' }, 'week')).toEqual([
    '2025-12-22',
    '2025-12-29',
    '2026-01-05',
  ]);
  expect(steps({ since: '2025-11-01', until: '2026-02-02' }, 'month')).toHaveLength(4);
});
