import { Button, Code, NativeSelect } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { listOf, type Listed } from '../api/feedback';
import type { Schemas } from '../api/client';
import { projects } from '../api/projects';
import { Copy } from '../shared/Copy';
import { CheckIcon } from '../shared/icons';
import { Panel } from '../shared/Panel';
import classes from './IssuedKey.module.css';
import { snippets } from './snippets';

/** A key that was just made: its secret, how to use it, and whether the first vote has come. */
export function IssuedKey({ issued, onDone }: { issued: Schemas['IssuedKey']; onDone: () => void }) {
  const { data: known = [] } = useQuery(projects);
  const [chosen, setChosen] = useState(issued.project?.id ?? '');
  const project = known.find((each) => each.id === chosen) ?? known[0];
  const head = useRef<HTMLDivElement>(null);
  useEffect(() => {
    head.current?.focus();
  }, []);
  return (
    <div ref={head} tabIndex={-1} className={classes.issued}>
      <Panel
        title="Your new key"
        aside={
          <Button size="xs" variant="default" onClick={onDone}>
            I have kept it
          </Button>
        }
      >
        <p>This is shown now and never again.</p>
        <dl className={classes.secrets}>
          {issued.access_key_id && <Secret name="Access key id" value={issued.access_key_id} />}
          {issued.client_id && <Secret name="Client id" value={issued.client_id} />}
          <Secret name={issued.access_key_id ? 'Secret access key' : 'Secret'} value={issued.secret} />
        </dl>
        {issued.project === null && known.length > 1 && (
          <NativeSelect
            label="Lines for the project"
            size="xs"
            className={classes.project}
            value={project?.id ?? ''}
            data={known.map((each) => ({ value: each.id, label: each.name }))}
            onChange={(event) => {
              setChosen(event.currentTarget.value);
            }}
          />
        )}
        {project &&
          snippets(issued, project, window.location.origin).map(({ title, code }) => (
            <section key={title} aria-label={title} className={classes.snippet}>
              <header>
                <h3>{title}</h3>
                <Copy value={code} />
              </header>
              <Code block>{code}</Code>
            </section>
          ))}
        <FirstVote issued={issued} />
      </Panel>
    </div>
  );
}

function Secret({ name, value }: { name: string; value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <Code>{value}</Code>
        <Copy value={value} />
      </dd>
    </div>
  );
}

/** Looks for the first vote that comes with the key. */
function FirstVote({ issued }: { issued: Schemas['IssuedKey'] }) {
  const withIt = (vote: Listed) => vote.key_id === issued.id;
  const { data } = useQuery({
    ...listOf({ project: issued.project?.id, channel: issued.dialect }, 50),
    refetchInterval: ({ state }) => (state.data?.some(withIt) === true ? false : 2000),
    staleTime: 0,
  });
  const come = data?.some(withIt) === true;
  return (
    <p className={classes.waiting} data-come={come} role="status">
      {come ? (
        <>
          <CheckIcon /> The first vote has come.
        </>
      ) : (
        'Waiting for the first vote …'
      )}
    </p>
  );
}
