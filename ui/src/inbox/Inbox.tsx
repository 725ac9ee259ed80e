import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback, useRef, useState } from 'react';
import { inboxOf } from '../api/feedback';
import { PageHead } from '../shared/Panel';
import { Failed, Loading } from '../shared/States';
import { FilterBar } from './FilterBar';
import { readFilters } from './filters';
import classes from './Inbox.module.css';
import { KeysHelp } from './KeysHelp';
import { useShortcuts } from './shortcuts';
import { Vote } from './Vote';
import { VoteList, type VoteListHandle } from './VoteList';

/** Every vote, the newest first, and the one that is open beside it. */
export function Inbox() {
  const search = useSearch({ from: '/shell/inbox' });
  const navigate = useNavigate();
  const filters = readFilters({ ...search });
  const asked = { ...filters, project: search.project };
  const { data, error, refetch, hasNextPage, isFetchingNextPage, isPlaceholderData, fetchNextPage } =
    useInfiniteQuery(inboxOf(asked));
  const votes = data?.pages.flatMap((page) => page.items) ?? [];
  const list = useRef<VoteListHandle>(null);
  const find = useRef<HTMLInputElement>(null);
  const [help, setHelp] = useState(false);

  const open = useCallback(
    (id: string | undefined) => {
      void navigate({
        to: '/inbox',
        search: (now) => ({ ...now, open: id }),
        replace: id === undefined,
      });
    },
    [navigate],
  );
  const move = (steps: number) => {
    const next = list.current?.move(steps);
    if (next !== undefined && search.open !== undefined) {
      void navigate({ to: '/inbox', search: (now) => ({ ...now, open: next }), replace: true });
    }
  };
  useShortcuts({
    j: () => {
      move(1);
    },
    k: () => {
      move(-1);
    },
    '/': () => {
      find.current?.focus();
    },
    '?': () => {
      setHelp(true);
    },
    Escape: () => {
      if (search.open === undefined) return;
      open(undefined);
      list.current?.focus();
    },
  });

  return (
    <div className={classes.inbox} data-open={search.open !== undefined}>
      <div className={classes.side}>
        <PageHead title="Inbox" />
        <FilterBar
          filters={filters}
          project={search.project}
          searchField={find}
          onChange={(next) => void navigate({ to: '/inbox', search: { project: search.project, ...next } })}
          onHelp={() => {
            setHelp(true);
          }}
        />
        {error && <Failed error={error} again={refetch} />}
        {!data && !error && <Loading label="Reading the inbox" lines={9} />}
        {data && (
          <VoteList
            ref={list}
            votes={votes}
            search={{ ...filters, project: search.project }}
            opened={search.open}
            stale={isPlaceholderData}
            filtered={Object.keys(filters).length > 0}
            more={hasNextPage}
            loadingMore={isFetchingNextPage}
            loadMore={fetchNextPage}
          />
        )}
      </div>
      {search.open !== undefined && (
        <Vote
          key={search.open}
          id={search.open}
          onClose={() => {
            open(undefined);
            list.current?.focus();
          }}
        />
      )}
      <KeysHelp
        opened={help}
        onClose={() => {
          setHelp(false);
        }}
      />
    </div>
  );
}
