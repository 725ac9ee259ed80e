import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { sums, type Dimension, type Metric, type Row } from '../api/sums';
import { count } from '../shared/format';
import { Panel } from '../shared/Panel';
import { change } from '../shared/share';
import { Empty, Failed, Loading } from '../shared/States';
import { CsvButton, DataTable, type ShownColumn } from '../shared/Table';
import { CHANNELS } from '../shared/words';
import type { Asked } from './asked';
import classes from './Breakdowns.module.css';
import { ChangeMark } from './ChangeMark';
import { countColumn, shareColumns } from './columns';

interface Breakdown {
  title: string;
  dimensions: Dimension[];
  first: string;
  named: (row: Row) => string;
  /** Said where nothing is known. */
  empty: string;
  /** Whether the worst stand first, by the upper end of their interval; else the most do. */
  worst?: boolean;
}

const BREAKDOWNS: Breakdown[] = [
  {
    title: 'By channel',
    dimensions: ['channel'],
    first: 'Channel',
    named: (row) => (row.channel ? CHANNELS[row.channel] : '–'),
    empty: 'No vote came in this time.',
  },
  {
    title: 'By criterion',
    dimensions: ['name'],
    first: 'Criterion',
    named: (row) => row.name ?? '–',
    empty: 'No vote came in this time.',
  },
  {
    title: 'By model, the worst first',
    dimensions: ['model', 'version'],
    first: 'Model and version',
    named: (row) => [row.model, row.version].filter(Boolean).join(' '),
    empty: 'No vote in this time is for an answer whose model is known.',
    worst: true,
  },
  {
    title: 'By reason',
    dimensions: ['reason'],
    first: 'Reason',
    named: (row) => row.reason ?? '–',
    empty: 'No vote in this time gives a reason.',
  },
];

/** Questions are a project's own, and may be called alike in several. */
const BY_ANSWER: Breakdown = {
  title: 'By answer to a question',
  dimensions: ['attribute', 'option'],
  first: 'Question and answer',
  named: (row) => `${row.attribute?.name ?? '–'}: ${row.option?.name ?? '–'}`,
  empty: 'No vote in this time answers one of the project’s questions.',
};

const BY_PROJECT: Breakdown = {
  title: 'By project',
  dimensions: ['project'],
  first: 'Project',
  named: (row) => row.project?.name ?? '–',
  empty: 'No vote came in this time.',
};

const METRICS: Metric[] = ['votes', 'positive', 'negative', 'neutral', 'positive_share'];

/** The same sums, told apart. */
export function Breakdowns(asked: Asked) {
  const shown = asked.project === undefined ? [BY_PROJECT, ...BREAKDOWNS] : [...BREAKDOWNS, BY_ANSWER];
  return shown.map((breakdown) => (
    <BreakdownPanel key={breakdown.title} asked={asked} breakdown={breakdown} />
  ));
}

function BreakdownPanel({ asked, breakdown }: { asked: Asked; breakdown: Breakdown }) {
  const { project, range, earlier } = asked;
  const { dimensions, named } = breakdown;
  const now = useQuery(sums({ metrics: METRICS, dimensions, range, project }));
  const then = useQuery(sums({ metrics: METRICS, dimensions, range: earlier, project }));
  const rows = sorted(now.data ?? [], breakdown.worst === true);
  const before = new Map((then.data ?? []).map((row) => [named(row), row]));
  const columns = columnsOf(breakdown, rows, before);
  const body = (): ReactNode => {
    const failure = now.error ?? then.error;
    if (failure) return <Failed error={failure} again={() => Promise.all([now.refetch(), then.refetch()])} />;
    if (!now.data) return <Loading label="Reading the sums" />;
    if (rows.length === 0) return <Empty>{breakdown.empty}</Empty>;
    return <DataTable caption={breakdown.title} columns={columns} rows={rows} rowKey={named} />;
  };
  return (
    <Panel title={breakdown.title} aside={<CsvButton name={breakdown.title} columns={columns} rows={rows} />}>
      {body()}
    </Panel>
  );
}

function sorted(rows: Row[], worst: boolean): Row[] {
  const upper = (row: Row) => row.positive_share?.highest ?? 1;
  const votes = (row: Row) => row.votes ?? 0;
  return rows.toSorted((a, b) => (worst ? upper(a) - upper(b) : 0) || votes(b) - votes(a)).slice(0, 50);
}

function columnsOf(
  { first, named }: Breakdown,
  rows: Row[],
  before: ReadonlyMap<string, Row>,
): ShownColumn<Row>[] {
  const most = Math.max(1, ...rows.map((row) => row.votes ?? 0));
  return [
    {
      title: first,
      value: named,
      shown: (row) => (
        <>
          {named(row)}
          <Bar row={row} most={most} />
        </>
      ),
    },
    {
      title: 'Votes',
      numeric: true,
      value: (row) => row.votes ?? 0,
      shown: (row) => count(row.votes ?? 0),
    },
    ...shareColumns<Row>('Positive', (row) => row.positive_share),
    {
      title: 'Positive before',
      csvOnly: true,
      value: (row) => before.get(named(row))?.positive_share?.value ?? null,
    },
    {
      title: 'Change',
      numeric: true,
      value: (row) => change(before.get(named(row))?.positive_share, row.positive_share),
      shown: (row) => (
        <ChangeMark before={before.get(named(row))?.positive_share} now={row.positive_share} otherwise="–" />
      ),
    },
    { ...countColumn<Row>('Negative', 'negative'), csvOnly: true },
  ];
}

/** How the votes are shared out, to scale with the other rows. The numbers stand beside it. */
function Bar({ row, most }: { row: Row; most: number }) {
  const width = (value: number | null | undefined) => ({ width: `${((value ?? 0) / most) * 100}%` });
  const rest = (row.votes ?? 0) - (row.positive ?? 0) - (row.negative ?? 0);
  return (
    <span className={classes.bar} aria-hidden="true">
      <i className={classes.positive} style={width(row.positive)} />
      <i className={classes.negative} style={width(row.negative)} />
      <i className={classes.rest} style={width(rest)} />
    </span>
  );
}
