import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { sums, type Metric, type Row } from '../api/sums';
import { dayLabel, type Day } from '../shared/days';
import { count, counted, percent } from '../shared/format';
import { Empty, Failed, Loading } from '../shared/States';
import { Panel } from '../shared/Panel';
import type { ShownColumn } from '../shared/Table';
import type { Asked } from './asked';
import { Chart, type Series } from './Chart';
import { countColumn, shareColumns } from './columns';
import { steps, type Step } from './period';
import { WithTable } from './WithTable';

const METRICS: Metric[] = ['votes', 'positive', 'negative', 'neutral', 'positive_share'];

interface Point extends Row {
  day: Day;
}

const FIRST_COLUMN: Record<Step, string> = { day: 'Day', week: 'Week from', month: 'Month from' };

function dayColumn(by: Step): ShownColumn<Point> {
  return {
    title: FIRST_COLUMN[by],
    value: (point) => point.day,
    shown: (point) => dayLabel(point.day, by === 'month' ? 'month' : 'full'),
  };
}

/** Votes and sentiment over time. */
export function Course({ project, range, by }: Asked) {
  const { data, error, refetch } = useQuery(sums({ metrics: METRICS, range, project, interval: by }));
  const points = useMemo(() => {
    if (!data) return undefined;
    const known = new Map(data.map((row) => [row.since?.slice(0, 10), row]));
    return steps(range, by).map((day): Point => ({ ...known.get(day), day }));
  }, [data, range, by]);
  const body = (shown: (points: Point[]) => React.ReactNode) => {
    if (error) return <Failed error={error} again={refetch} />;
    if (!points) return <Loading label="Reading the sums" lines={8} />;
    if (points.every((point) => (point.votes ?? 0) === 0)) return <Empty>Nobody voted in this time.</Empty>;
    return shown(points);
  };
  return (
    <>
      <Panel title="Votes">
        {body((some) => (
          <Votes points={some} by={by} />
        ))}
      </Panel>
      <Panel title="Share positive">
        {body((some) => (
          <Shares points={some} by={by} />
        ))}
      </Panel>
    </>
  );
}

function unknown(point: Row): number {
  return (point.votes ?? 0) - (point.positive ?? 0) - (point.negative ?? 0) - (point.neutral ?? 0);
}

function Votes({ points, by }: { points: Point[]; by: Step }) {
  const all: Series[] = [
    { name: 'Positive', color: '--bar-positive', values: points.map((point) => point.positive ?? 0) },
    { name: 'Negative', color: '--bar-negative', values: points.map((point) => point.negative ?? 0) },
    { name: 'Neutral', color: '--neutral', values: points.map((point) => point.neutral ?? 0) },
    { name: 'Says neither', color: '--unknown', values: points.map(unknown) },
  ];
  const series = all.filter(({ values }) => values.some((value) => value !== null && value > 0));
  const total = points.reduce((sum, point) => sum + (point.votes ?? 0), 0);
  const most = points.reduce((a, b) => ((b.votes ?? 0) > (a.votes ?? 0) ? b : a));
  const columns: ShownColumn<Point>[] = [
    dayColumn(by),
    countColumn('Votes', 'votes'),
    countColumn('Positive', 'positive'),
    countColumn('Negative', 'negative'),
    countColumn('Neutral', 'neutral'),
    { title: 'Says neither', numeric: true, value: unknown },
  ];
  const said = `${counted(total, 'vote')}. The most on one bar: ${count(most.votes ?? 0)}, ${dayLabel(most.day, 'full')}.`;
  return (
    <WithTable name="Votes" said={said} columns={columns} rows={points} rowKey={(point) => point.day}>
      <Chart
        kind="bars"
        label={`Votes over time. ${said}`}
        days={points.map(({ day }) => day)}
        by={by}
        series={series}
      />
    </WithTable>
  );
}

function Shares({ points, by }: { points: Point[]; by: Step }) {
  const share = (point: Point) => point.positive_share;
  const told = points.filter((point) => share(point));
  const columns = [
    dayColumn(by),
    ...shareColumns('Share positive', share),
    countColumn<Point>('Votes', 'votes'),
  ];
  const last = told.at(-1);
  const of = last && share(last);
  if (!of) return <Empty>No vote in this time says whether it is positive or negative.</Empty>;
  const said = `Last: ${percent(of.value)} (${percent(of.lowest)} to ${percent(of.highest)}, n = ${count(of.n)}), ${dayLabel(last.day, 'full')}.`;
  return (
    <WithTable
      name="Share positive"
      said={said}
      columns={columns}
      rows={points}
      rowKey={(point) => point.day}
    >
      <Chart
        kind="band"
        label={`Share of positive votes over time, with its interval. ${said}`}
        days={points.map(({ day }) => day)}
        by={by}
        series={[
          {
            name: 'Highest',
            color: '--accent',
            values: points.map((point) => share(point)?.highest ?? null),
          },
          {
            name: 'Lowest',
            color: '--accent',
            values: points.map((point) => share(point)?.lowest ?? null),
          },
          {
            name: 'Share positive',
            color: '--accent',
            values: points.map((point) => share(point)?.value ?? null),
          },
        ]}
      />
    </WithTable>
  );
}
