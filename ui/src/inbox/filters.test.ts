import { expect, test } from 'vitest';
import { asQuery, readFilters, readInboxSearch } from './filters';

test('what the address says is what is filtered', () => {
  const said = { sentiment: 'negative', search: 'wrong plan', has_comment: 'true', score_max: '2.5' };
  expect(readFilters(said)).toEqual(said);
  expect(asQuery({ ...said, project: 'support' })).toEqual({
    project: 'support',
    sentiment: 'negative',
    search: 'wrong plan',
    has_comment: true,
    score_max: 2.5,
  });
});

test('what the address cannot mean is left out', () => {
  const said = {
    sentiment: 'angry',
    since: '2026-02-30',
    score_min: 'low',
    resolved: 'maybe',
    nothing: '1',
    open: 'x',
  };
  expect(readFilters(said)).toEqual({});
  expect(readInboxSearch(said)).toEqual({ open: 'x' });
});

test('a question without its answer filters nothing', () => {
  expect(asQuery({ attribute: 'Quality' })).toEqual({ project: undefined });
  expect(asQuery({ attribute: 'Quality', option: 'Poor' })).toMatchObject({
    attribute: 'Quality',
    option: 'Poor',
  });
});

test('a day begins where whoever reads is', () => {
  const since = asQuery({ since: '2026-05-01' }).since;
  expect(new Date(since ?? '').getTime()).toBe(new Date(2026, 4, 1).getTime());
});
