import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sums, type Metric, type Row } from '../api/sums';
import { count, ofFive, percent } from '../shared/format';
import type { Share } from '../shared/share';
import { Failed, Loading } from '../shared/States';
import type { Asked } from './asked';
import { ChangeMark } from './ChangeMark';
import classes from './Headline.module.css';

const METRICS: Metric[] = ['votes', 'comments', 'negative', 'positive_share', 'resolved_share', 'mean_score'];

/** The numbers of all the period. */
export function Headline({ project, range, earlier }: Asked) {
  const now = useQuery(sums({ metrics: METRICS, range, project }));
  const then = useQuery(sums({ metrics: METRICS, range: earlier, project }));
  const failure = now.error ?? then.error;
  if (failure) {
    return (
      <div className={classes.headline}>
        <Failed error={failure} again={() => Promise.all([now.refetch(), then.refetch()])} />
      </div>
    );
  }
  if (!now.data || !then.data) {
    return (
      <div className={classes.headline}>
        <Loading label="Reading the sums" lines={2} />
      </div>
    );
  }
  return <Numbers now={now.data[0] ?? {}} then={then.data[0] ?? {}} />;
}

function Numbers({ now, then }: { now: Row; then: Row }) {
  return (
    <dl className={classes.headline}>
      <Figure name="Votes" value={count(now.votes ?? 0)} note={`${count(then.votes ?? 0)} before`} />
      <ShareFigure name="Positive" now={now.positive_share} then={then.positive_share} />
      <Figure name="Negative" value={count(now.negative ?? 0)} note={`${count(then.negative ?? 0)} before`} />
      {(now.resolved_share ?? then.resolved_share) && (
        <ShareFigure name="Resolved" now={now.resolved_share} then={then.resolved_share} />
      )}
      {now.mean_score && (
        <Figure
          name="Mean score"
          value={ofFive(now.mean_score.value)}
          note={`of 5, n = ${count(now.mean_score.n)}`}
        />
      )}
      <Figure
        name="With a comment"
        value={count(now.comments ?? 0)}
        note={`${count(then.comments ?? 0)} before`}
      />
    </dl>
  );
}

function ShareFigure({
  name,
  now,
  then,
}: {
  name: string;
  now: Share | null | undefined;
  then: Share | null | undefined;
}) {
  if (!now) return <Figure name={name} value="–" note="No vote says it" />;
  return (
    <Figure
      name={name}
      value={percent(now.value)}
      note={`${percent(now.lowest)} to ${percent(now.highest)}, n = ${count(now.n)}`}
      mark={<ChangeMark before={then} now={now} />}
    />
  );
}

function Figure({
  name,
  value,
  note,
  mark,
}: {
  name: string;
  value: string;
  note: string;
  mark?: ReactNode;
}) {
  return (
    <div className="sheet">
      <dt>{name}</dt>
      <dd className="numbers">
        <strong>{value}</strong>
        {mark}
        <span>{note}</span>
      </dd>
    </div>
  );
}
