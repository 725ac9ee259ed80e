import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { listOf, messagesOf, type Detail, type Listed, type Message } from '../api/feedback';
import { moment } from '../shared/format';
import { SentimentMark } from '../shared/SentimentMark';
import { Empty, Failed, Loading } from '../shared/States';
import { authorName, verdict } from '../shared/words';
import classes from './Conversation.module.css';

const ROLES: Record<string, string> = {
  user: 'Person',
  assistant: 'Assistant',
  system: 'System',
  tool: 'Tool',
};

/** The conversation that a vote is about, with every vote on its message. */
export function Conversation({ vote }: { vote: Detail }) {
  const conversation = vote.target.conversation ?? vote.message?.conversation;
  return (
    <section aria-label="Conversation">
      <h3>Conversation</h3>
      {conversation ? <Known vote={vote} conversation={conversation.id} /> : <Alone vote={vote} />}
    </section>
  );
}

/** A message of which no conversation is known. */
function Alone({ vote }: { vote: Detail }) {
  const { message, question } = vote;
  if (!message || message.stub) {
    return <Empty>The message is not known: only its id came with the vote{named(vote)}.</Empty>;
  }
  return (
    <ol className={classes.messages}>
      <Turn message={message} question={question} votes={[vote]} judged />
    </ol>
  );
}

function named(vote: Detail): string {
  const id = vote.target.message?.external_id ?? vote.message?.external_id;
  return id ? `, ${id}` : '';
}

function Known({ vote, conversation }: { vote: Detail; conversation: string }) {
  const messages = useQuery(messagesOf(vote.project.id, conversation));
  const asked = { project: vote.project.id, conversation: `id:${conversation}`, with_retracted: 'true' };
  const votes = useQuery(listOf(asked, 200));
  if (messages.error) return <Failed error={messages.error} again={messages.refetch} />;
  if (!messages.data) return <Loading label="Reading the conversation" lines={6} />;
  const { items, next_cursor } = messages.data;
  if (items.every((message) => message.stub)) {
    return <Empty>What was said is not known: only ids came with the votes{named(vote)}.</Empty>;
  }
  const ofMessage = (id: string | null) =>
    (votes.data ?? [vote]).filter((each) => (each.target.message?.id ?? null) === id);
  const whole = ofMessage(null);
  return (
    <>
      {next_cursor && <p className={classes.note}>Only the latest {items.length} messages are shown.</p>}
      <ol className={classes.messages}>
        {items.map((message, place) => (
          <Turn
            key={message.id}
            message={message}
            // Where the question is a message of its own, it stands there already.
            question={items[place - 1]?.content === message.query ? null : message.query}
            votes={ofMessage(message.id)}
            judged={message.id === vote.target.message?.id}
          />
        ))}
      </ol>
      {whole.length > 0 && (
        <div className={classes.whole}>
          <p className={classes.note}>On the conversation as a whole:</p>
          <Votes votes={whole} />
        </div>
      )}
    </>
  );
}

interface TurnProps {
  message: Message;
  question: string | null | undefined;
  votes: (Listed | Detail)[];
  judged?: boolean;
}

function Turn({ message, question, votes, judged = false }: TurnProps) {
  const speaker = message.speaker ?? ROLES[message.role ?? ''] ?? 'Message';
  return (
    <>
      {question && (
        <li className={classes.turn} data-role="user">
          <Head speaker={ROLES.user ?? ''} />
          <LongText text={question} />
        </li>
      )}
      <li className={classes.turn} data-role={message.role ?? 'unknown'} data-judged={judged}>
        <Head speaker={speaker} at={message.created_at} model={message.model} version={message.version} />
        {message.content ? (
          <LongText text={message.content} />
        ) : (
          <p className={classes.note}>Its text is not known.</p>
        )}
        <Votes votes={votes} />
      </li>
    </>
  );
}

interface HeadProps {
  speaker: string;
  at?: string;
  model?: string | null;
  version?: string | null;
}

function Head({ speaker, at, model, version }: HeadProps) {
  const by = [model, version].filter((each) => typeof each === 'string').join(' ');
  return (
    <p className={classes.head}>
      <b>{speaker}</b>
      {by !== '' && <span>{by}</span>}
      {at && <time dateTime={at}>{moment(at)}</time>}
    </p>
  );
}

/** Votes beneath the message that they judge. */
function Votes({ votes }: { votes: (Listed | Detail)[] }) {
  if (votes.length === 0) return null;
  return (
    <ul className={classes.votes} aria-label="Votes on it">
      {votes.map((vote) => (
        <li key={vote.id}>
          <SentimentMark sentiment={vote.sentiment} />
          <span>
            <b>{authorName(vote.author)}</b> {verdict(vote)}
            {vote.state === 'retracted' && ' (taken back)'}
            {vote.comment && <q>{vote.comment}</q>}
          </span>
        </li>
      ))}
    </ul>
  );
}

const LONG = 1200;

function LongText({ text }: { text: string }) {
  const [all, setAll] = useState(false);
  const long = text.length > LONG;
  return (
    <div className={classes.text}>
      {long && !all ? `${text.slice(0, LONG)} …` : text}
      {long && (
        <button
          type="button"
          onClick={() => {
            setAll(!all);
          }}
        >
          {all ? 'Show less' : 'Show all'}
        </button>
      )}
    </div>
  );
}
