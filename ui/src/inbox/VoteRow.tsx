import { Fragment } from 'react';
import type { Listed } from '../api/feedback';
import { age, moment } from '../shared/format';
import { SentimentMark } from '../shared/SentimentMark';
import { authorName, CHANNELS, verdict } from '../shared/words';
import classes from './VoteRow.module.css';

/** A vote in the list: what was said, of what, by whom, when. */
export function VoteRow({ vote, withProject }: { vote: Listed; withProject: boolean }) {
  const { comment, reasons, texts } = vote;
  const attributes = Object.entries(vote.attributes).map(([name, option]) => `${name}: ${option}`);
  const about = [
    authorName(vote.author),
    CHANNELS[vote.channel],
    ...(withProject ? [vote.project.name] : []),
  ];
  return (
    <div className={classes.vote} data-retracted={vote.state === 'retracted'}>
      <SentimentMark sentiment={vote.sentiment} />
      <div className={classes.said}>
        <p className={classes.first}>
          {comment ? (
            <span>{comment}</span>
          ) : (
            <span className={classes.silent}>{verdict(vote) || 'No comment'}</span>
          )}
        </p>
        {texts && (texts.question ?? texts.answer) !== null && (
          <p className={classes.texts}>
            {texts.question && <b>{texts.question}</b>} {texts.answer}
          </p>
        )}
        <p className={classes.about}>
          {about.join(' · ')}
          {vote.state === 'retracted' && ' · taken back'}
          {[...reasons, ...attributes].map((word) => (
            <Fragment key={word}>
              {' '}
              <span className={classes.reason}>{word}</span>
            </Fragment>
          ))}
        </p>
      </div>
      <time dateTime={vote.created_at} title={moment(vote.created_at)}>
        {age(vote.created_at)}
      </time>
    </div>
  );
}
