import { dayLabel } from '../shared/days';
import { CHANNELS, SENTIMENTS } from '../shared/words';
import type { FilterName, Filters } from './filters';

export interface Chip {
  name: FilterName;
  text: string;
  /** What goes with it. */
  clears: FilterName[];
}

/** What is filtered, in words. */
export function chips(filters: Filters): Chip[] {
  const said: Chip[] = [];
  const say = (name: FilterName, text: string, ...others: FilterName[]) => {
    said.push({ name, text, clears: [name, ...others] });
  };
  const { attribute, option, segment_kind, segment } = filters;
  if (filters.search) say('search', `“${filters.search}”`);
  if (filters.sentiment) say('sentiment', word(SENTIMENTS, filters.sentiment));
  if (filters.rating) say('rating', filters.rating === 'positive' ? 'Thumb up' : 'Thumb down');
  if (filters.resolved) say('resolved', filters.resolved === 'true' ? 'Resolved' : 'Not resolved');
  if (filters.has_comment)
    say('has_comment', filters.has_comment === 'true' ? 'With a comment' : 'Without a comment');
  if (filters.channel) say('channel', word(CHANNELS, filters.channel));
  if (filters.name) say('name', `Criterion: ${filters.name}`);
  if (filters.reason) say('reason', `Reason: ${filters.reason}`);
  if (attribute)
    say('attribute', option ? `${attribute}: ${option}` : `${attribute}: which answer?`, 'option');
  if (filters.score_min) say('score_min', `Score from ${filters.score_min}`);
  if (filters.score_max) say('score_max', `Score up to ${filters.score_max}`);
  if (filters.end_user) say('end_user', `Person: ${filters.end_user}`);
  if (segment_kind)
    say('segment_kind', segment ? `${segment_kind}: ${segment}` : `${segment_kind}: which?`, 'segment');
  if (filters.conversation) say('conversation', `Conversation: ${filters.conversation}`);
  if (filters.message) say('message', `Message: ${filters.message}`);
  if (filters.since) say('since', `From ${dayLabel(filters.since, 'full')}`);
  if (filters.until) say('until', `Before ${dayLabel(filters.until, 'full')}`);
  if (filters.with_retracted) say('with_retracted', 'Also taken back');
  return said;
}

function word(words: Record<string, string>, value: string): string {
  return words[value] ?? value;
}
