import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { listOf, type Detail } from '../api/feedback';
import { age, moment } from '../shared/format';
import { SentimentMark } from '../shared/SentimentMark';
import { Empty, Failed, Loading } from '../shared/States';
import { verdict } from '../shared/words';
import classes from './OtherVotes.module.css';

const MOST = 20;

/** What else the same person said. */
export function OtherVotes({ vote }: { vote: Detail }) {
  const { author } = vote;
  if (author.kind !== 'end_user') return null;
  return <Votes vote={vote} person={author.id} name={author.external_id} />;
}

function Votes({ vote, person, name }: { vote: Detail; person: string; name: string }) {
  const search = useSearch({ from: '/shell/inbox' });
  const { data, error, refetch } = useQuery(listOf({ end_user: `id:${person}` }, MOST));
  const others = data?.filter((each) => each.id !== vote.id);
  return (
    <section aria-label="Other votes of this person">
      <h3>Other votes of {name}</h3>
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the person's votes" lines={3} />}
      {others?.length === 0 && <Empty>None.</Empty>}
      <ul className={classes.votes}>
        {others?.map((each) => (
          <li key={each.id}>
            <SentimentMark sentiment={each.sentiment} />
            <Link to="/inbox" search={{ ...search, open: each.id }}>
              {(each.comment ?? verdict(each)) || 'No comment'}
            </Link>
            <time dateTime={each.created_at} title={moment(each.created_at)}>
              {age(each.created_at)}
            </time>
          </li>
        ))}
      </ul>
    </section>
  );
}
