import type { Schemas } from '../api/client';
import type { Detail } from '../api/feedback';
import { counted, moment } from '../shared/format';
import { CHANNELS, verdict } from '../shared/words';
import classes from './History.module.css';

/** Every version of a vote, oldest first. */
export function History({ vote }: { vote: Detail }) {
  return (
    <section aria-label="History">
      <h3>History</h3>
      {vote.dropped_versions > 0 && (
        <p className={classes.note}>
          {counted(vote.dropped_versions, 'older version')} were dropped by the operator.
        </p>
      )}
      <ol className={classes.versions}>
        {vote.history.map((version) => (
          <li key={version.version}>
            <time dateTime={version.at}>{moment(version.at)}</time>
            <span>
              {what(version)} <small>by {CHANNELS[version.channel]}</small>
              {version.comment && <q>{version.comment}</q>}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function what(version: Schemas['FeedbackVersion']): string {
  if (version.state === 'retracted') return 'Taken back';
  const said = [verdict(version), ...version.reasons].filter((each) => each !== '').join(', ');
  const verb = version.version === 1 ? 'Said' : 'Changed';
  return said === '' ? verb : `${verb}: ${said}`;
}
