import { Link } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useImperativeHandle, useRef, useState, type Ref } from 'react';
import type { Listed } from '../api/feedback';
import { Empty } from '../shared/States';
import type { InboxSearch } from './filters';
import classes from './VoteList.module.css';
import { VoteRow } from './VoteRow';

export interface VoteListHandle {
  /** Goes on by some rows; the vote that it comes to. */
  move: (steps: number) => string | undefined;
  focus: () => void;
}

interface Props {
  ref: Ref<VoteListHandle>;
  votes: Listed[];
  search: InboxSearch & { project: string | undefined };
  opened: string | undefined;
  stale: boolean;
  filtered: boolean;
  more: boolean;
  loadingMore: boolean;
  loadMore: () => unknown;
}

/** The votes as rows, of which only those in sight are drawn. */
export function VoteList({
  ref,
  votes,
  search,
  opened,
  stale,
  filtered,
  more,
  loadingMore,
  loadMore,
}: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const start = votes.findIndex((vote) => vote.id === opened);
  const [active, setActive] = useState(start);
  const wanted = useRef<number | null>(null);
  // The virtual list keeps its own state, which the compiler cannot see; nothing here is compiled.
  // eslint-disable-next-line react-hooks/incompatible-library
  const rows = useVirtualizer({
    count: votes.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 92,
    getItemKey: (place) => votes[place]?.id ?? place,
    overscan: 8,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? -1;

  useEffect(() => {
    // A part may be empty and still go on.
    if (more && !loadingMore && last >= votes.length - 15) void loadMore();
  }, [more, loadingMore, last, votes.length, loadMore]);

  const focusRow = (place: number) => {
    wanted.current = place;
    rows.scrollToIndex(place, { align: 'auto' });
    const row = scroller.current?.querySelector<HTMLElement>(`[data-place="${place}"] a`);
    if (row) {
      wanted.current = null;
      row.focus({ preventScroll: true });
    }
  };
  useEffect(() => {
    // The row was out of sight when it was asked for.
    if (wanted.current === null) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-place="${wanted.current}"] a`);
    if (row) {
      wanted.current = null;
      row.focus({ preventScroll: true });
    }
  });

  useImperativeHandle(ref, () => ({
    move(steps) {
      const place = Math.max(0, Math.min(votes.length - 1, active + steps));
      if (votes.length === 0) return undefined;
      setActive(place);
      focusRow(place);
      return votes[place]?.id;
    },
    focus() {
      // After the list is back in sight.
      requestAnimationFrame(() => {
        focusRow(Math.max(0, active));
      });
    },
  }));

  if (votes.length === 0 && !more) {
    return (
      <Empty>
        {filtered
          ? 'No vote passes these filters.'
          : 'No vote has come yet. Make a key in the settings and send the first.'}
      </Empty>
    );
  }
  return (
    <div ref={scroller} className={classes.scroller} data-stale={stale} aria-busy={stale}>
      <ul aria-label="Votes" className={classes.list} style={{ height: rows.getTotalSize() }}>
        {shown.map(({ index, key, start: top }) => {
          const vote = votes[index];
          return (
            vote && (
              <li
                key={key}
                ref={rows.measureElement}
                data-index={index}
                data-place={index}
                aria-setsize={more ? -1 : votes.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${top}px)` }}
              >
                <Link
                  to="/inbox"
                  search={{ ...search, open: vote.id }}
                  className={classes.row}
                  preload={false}
                  aria-current={vote.id === opened ? 'true' : undefined}
                  onFocus={() => {
                    setActive(index);
                  }}
                >
                  <VoteRow vote={vote} withProject={search.project === undefined} />
                </Link>
              </li>
            )
          );
        })}
      </ul>
      <p role="status" className={classes.end}>
        {loadingMore ? 'Reading on …' : ''}
      </p>
    </div>
  );
}
