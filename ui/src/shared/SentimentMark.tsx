import type { Schemas } from '../api/client';
import { NeutralIcon, ThumbDownIcon, ThumbUpIcon } from './icons';
import classes from './SentimentMark.module.css';
import { SENTIMENTS } from './words';

const ICONS = { positive: ThumbUpIcon, negative: ThumbDownIcon, neutral: NeutralIcon, unknown: NeutralIcon };

/** What a vote amounts to: a drawing for the eye, a word for the ear. */
export function SentimentMark({ sentiment }: { sentiment: Schemas['Sentiment'] }) {
  const Icon = ICONS[sentiment];
  return (
    <span className={classes.mark} data-sentiment={sentiment} role="img" aria-label={SENTIMENTS[sentiment]}>
      <Icon size={17} />
    </span>
  );
}
