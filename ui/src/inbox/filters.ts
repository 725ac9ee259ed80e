import type { operations } from '../api/schema';
import { beginning, isDay } from '../shared/days';
import { readText } from '../shared/search';

/** What the list of feedback is asked for, as the address says it: all as text, days as days. */
export const FILTERS = [
  'search',
  'sentiment',
  'rating',
  'resolved',
  'has_comment',
  'channel',
  'name',
  'reason',
  'attribute',
  'option',
  'score_min',
  'score_max',
  'end_user',
  'segment_kind',
  'segment',
  'conversation',
  'message',
  'since',
  'until',
  'with_retracted',
] as const;

export type FilterName = (typeof FILTERS)[number];
export type Filters = Partial<Record<FilterName, string>>;

export interface InboxSearch extends Filters {
  /** The vote that is open. */
  open?: string | undefined;
}

const ONE_OF: Partial<Record<FilterName, readonly string[]>> = {
  sentiment: ['positive', 'negative', 'neutral', 'unknown'],
  rating: ['positive', 'negative'],
  resolved: ['true', 'false'],
  has_comment: ['true', 'false'],
  with_retracted: ['true'],
  channel: ['native', 'dify', 'wonderchat', 'melodi', 'amazon_q', 'haptik'],
};

/** What the address says; what it cannot mean is left out. */
export function readInboxSearch(search: Record<string, unknown>): InboxSearch {
  return { ...readFilters(search), open: readText(search, 'open') };
}

export function readFilters(search: Record<string, unknown>): Filters {
  const found: Filters = {};
  for (const name of FILTERS) {
    const value = readText(search, name);
    if (value !== undefined && canBe(name, value)) found[name] = value;
  }
  return found;
}

function canBe(name: FilterName, value: string): boolean {
  const allowed = ONE_OF[name];
  if (allowed) return allowed.includes(value);
  if (name === 'since' || name === 'until') return isDay(value);
  if (name === 'score_min' || name === 'score_max') return Number.isFinite(Number(value));
  return true;
}

type ListQuery = NonNullable<operations['list_all_feedback']['parameters']['query']>;

/** The same for the API. A question without its answer, or a kind of group without the group, filters nothing yet. */
export function asQuery(filters: Filters & { project?: string | undefined }): ListQuery {
  const known = { project: filters.project, ...readFilters(filters) };
  const { since, until, score_min, score_max, resolved, has_comment, with_retracted, ...rest } = known;
  const query: Record<string, unknown> = { ...rest };
  if (since !== undefined) query.since = beginning(since);
  if (until !== undefined) query.until = beginning(until);
  if (score_min !== undefined) query.score_min = Number(score_min);
  if (score_max !== undefined) query.score_max = Number(score_max);
  if (resolved !== undefined) query.resolved = resolved === 'true';
  if (has_comment !== undefined) query.has_comment = has_comment === 'true';
  if (with_retracted !== undefined) query.with_retracted = true;
  onlyTogether(query, 'attribute', 'option');
  onlyTogether(query, 'segment_kind', 'segment');
  return query;
}

function onlyTogether(query: Record<string, unknown>, one: string, other: string): void {
  if (query[one] === undefined || query[other] === undefined) {
    // A question alone is no filter, and the server says so.
    Reflect.deleteProperty(query, one);
    Reflect.deleteProperty(query, other);
  }
}
