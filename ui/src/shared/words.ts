import type { Schemas } from '../api/client';

export const CHANNELS: Record<Schemas['Channel'], string> = {
  native: 'Candor',
  dify: 'Dify',
  wonderchat: 'Wonderchat',
  melodi: 'Melodi',
  amazon_q: 'Amazon Q',
  haptik: 'Haptik',
};

export const SENTIMENTS: Record<Schemas['Sentiment'], string> = {
  positive: 'Positive',
  negative: 'Negative',
  neutral: 'Neutral',
  unknown: 'Says neither',
};

/** Who judges, in a word. */
export function authorName(author: Schemas['Author']): string {
  switch (author.kind) {
    case 'anonymous':
      return 'Somebody';
    case 'end_user':
      return author.external_id;
    case 'reviewer':
    case 'model':
      return author.name;
  }
}

/** What a vote says beside its comment: its thumb, its score, whether the question was resolved. */
export function verdict(vote: Schemas['Judgement']): string {
  const said: string[] = [];
  if (vote.rating !== null) {
    said.push(vote.rating === 'positive' ? 'thumb up' : 'thumb down');
  }
  if (vote.score !== null) {
    said.push(`${number.format(vote.score.value)} of ${number.format(vote.score.highest)}`);
  }
  if (typeof vote.resolved === 'boolean') said.push(vote.resolved ? 'resolved' : 'not resolved');
  return said.join(', ');
}

const number = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
