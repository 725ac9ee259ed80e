import { ActionIcon } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef } from 'react';
import { voteOf, type Detail } from '../api/feedback';
import { moment } from '../shared/format';
import { CloseIcon } from '../shared/icons';
import { SentimentMark } from '../shared/SentimentMark';
import { Failed, Loading } from '../shared/States';
import { authorName, CHANNELS, SENTIMENTS, verdict } from '../shared/words';
import { Conversation } from './Conversation';
import { History } from './History';
import { OtherVotes } from './OtherVotes';
import classes from './Vote.module.css';

/** A vote, what it judges, and what else the same person said. */
export function Vote({ id, onClose }: { id: string; onClose: () => void }) {
  const { data, error, refetch } = useQuery(voteOf(id));
  const pane = useRef<HTMLElement>(null);
  useEffect(() => {
    pane.current?.scrollTo({ top: 0 });
  }, [id]);
  return (
    <section ref={pane} className={`sheet ${classes.vote ?? ''}`} aria-label="The open vote">
      <header className={classes.head}>
        {data ? <Title vote={data} /> : <h2>Vote</h2>}
        <ActionIcon variant="subtle" color="gray" aria-label="Close the vote" onClick={onClose}>
          <CloseIcon />
        </ActionIcon>
      </header>
      {error && <Failed error={error} again={refetch} />}
      {!data && !error && <Loading label="Reading the vote" lines={7} />}
      {data && <Said vote={data} />}
      {data && <Conversation vote={data} />}
      {data && <History vote={data} />}
      {data && <OtherVotes vote={data} />}
    </section>
  );
}

function Title({ vote }: { vote: Detail }) {
  const said = verdict(vote);
  return (
    <div>
      <h2>
        <SentimentMark sentiment={vote.sentiment} /> {SENTIMENTS[vote.sentiment]}
        {said !== '' && <span className={classes.verdict}>{said}</span>}
        {vote.state === 'retracted' && <span className={classes.verdict}>taken back</span>}
      </h2>
      <p className={classes.by}>
        {authorName(vote.author)} · {vote.project.name} · {CHANNELS[vote.channel]} ·{' '}
        <time dateTime={vote.created_at}>{moment(vote.created_at)}</time>
      </p>
    </div>
  );
}

function Said({ vote }: { vote: Detail }) {
  const attributes = Object.entries(vote.attributes);
  return (
    <>
      {vote.comment && <blockquote className={classes.comment}>{vote.comment}</blockquote>}
      <dl className={classes.facts}>
        {vote.name !== 'user_feedback' && <Fact name="Criterion">{vote.name}</Fact>}
        {vote.reasons.length > 0 && <Fact name="Reasons">{vote.reasons.join(', ')}</Fact>}
        {attributes.map(([name, option]) => (
          <Fact key={name} name={name}>
            {option}
          </Fact>
        ))}
        {vote.correction && <Fact name="Should have been">{vote.correction}</Fact>}
        {vote.message?.model && (
          <Fact name="Model">
            {vote.message.model}
            {vote.message.version && `, version ${vote.message.version}`}
          </Fact>
        )}
        {vote.message_copied_at && <Fact name="Copied">{moment(vote.message_copied_at)}</Fact>}
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
