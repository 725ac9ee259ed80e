import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { listOf } from '../api/feedback';
import { age, moment } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading } from '../shared/States';
import { authorName } from '../shared/words';
import classes from './Comments.module.css';

/** The newest of what displeased people said about it. */
export function Comments({ project }: { project: string | undefined }) {
  const asked = { project, sentiment: 'negative', has_comment: 'true' };
  const { data, error, refetch } = useQuery(listOf(asked, 6));
  return (
    <Panel
      title="Newest negative comments"
      aside={
        <Link to="/inbox" search={asked} className={classes.all}>
          All in the inbox
        </Link>
      }
    >
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the comments" />}
      {data?.length === 0 && <Empty>No negative vote has a comment.</Empty>}
      <ul className={classes.list}>
        {data?.map((vote) => (
          <li key={vote.id}>
            <Link to="/inbox" search={{ ...asked, open: vote.id }}>
              <q>{vote.comment}</q>
            </Link>
            <span>
              {authorName(vote.author)}, {vote.project.name},{' '}
              <time dateTime={vote.created_at} title={moment(vote.created_at)}>
                {age(vote.created_at)}
              </time>
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
