import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { dayLabel, type Day } from '../shared/days';
import { count, percent } from '../shared/format';
import classes from './Chart.module.css';
import type { Step } from './period';

export interface Series {
  name: string;
  /** The name of a variable of app.css. */
  color: string;
  values: (number | null)[];
}

interface Props {
  /** `bars` are stacked counts; a `band` is a share between its lowest and highest, in this order. */
  kind: 'bars' | 'band';
  label: string;
  days: Day[];
  by: Step;
  series: Series[];
}

const HEIGHT = 210;

/** The only place that draws charts. What it shows is also beside it, in words and as a table. */
export function Chart({ kind, label, days, by, series }: Props) {
  const holder = useRef<HTMLDivElement>(null);
  const scheme = useComputedColorScheme('light');
  const [hovered, setHovered] = useState<number | null>(null);
  const drawn = JSON.stringify([kind, days, by, series, scheme]);
  useEffect(() => {
    const element = holder.current;
    if (element === null) return undefined;
    const variables = getComputedStyle(element);
    const color = (name: string) => variables.getPropertyValue(name).trim();
    const parts = kind === 'bars' ? stacked(series, color) : banded(series, color);
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, y: false, points: { show: false } },
        scales: {
          x: { time: false, range: [-0.6, days.length - 0.4] },
          y: { range: kind === 'band' ? [0, 1] : (_, __, most) => [0, Math.max(most, 1) * 1.05] },
        },
        axes: [
          {
            stroke: color('--mantine-color-dimmed'),
            grid: { show: false },
            ticks: { show: false },
            font: '11px system-ui',
            space: 64,
            incrs: [1, 2, 5, 7, 10, 14, 30, 61, 91, 122],
            values: (_, places) => places.map((place) => axisLabel(days[place], by)),
          },
          {
            stroke: color('--mantine-color-dimmed'),
            grid: { stroke: color('--line'), width: 1 },
            ticks: { show: false },
            font: '11px system-ui',
            size: 46,
            ...(kind === 'bars' ? { incrs: WHOLE } : {}),
            values: (_, values) =>
              values.map((value) => (kind === 'band' ? `${Math.round(value * 100)} %` : count(value))),
          },
        ],
        series: [{}, ...parts.series],
        ...(parts.bands === undefined ? {} : { bands: parts.bands }),
        hooks: {
          setCursor: [
            (self) => {
              setHovered(self.cursor.idx ?? null);
            },
          ],
        },
      },
      [days.map((_, place) => place), ...parts.values],
      element,
    );
    const resized = new ResizeObserver(() => {
      if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
    // What is drawn is compared as a whole: arrays are made anew at every render.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [drawn]);
  const day = hovered === null ? undefined : days[hovered];
  return (
    <div className={classes.chart}>
      <div className={classes.legend} aria-hidden="true">
        {day === undefined ? (
          kind === 'bars' && series.map((each) => <Named key={each.name} series={each} />)
        ) : (
          <>
            <b>{dayLabel(day, by === 'month' ? 'month' : 'full')}</b>
            {series.map((each) => (
              <Named key={each.name} series={each} value={shownValue(kind, each.values[hovered ?? 0])} />
            ))}
          </>
        )}
      </div>
      <div ref={holder} role="img" aria-label={label} className={classes.plot} />
    </div>
  );
}

const WHOLE = [1, 2, 5]
  .flatMap((digit) => [0, 1, 2, 3, 4, 5, 6, 7].map((power) => digit * 10 ** power))
  .sort((a, b) => a - b);

function Named({ series, value }: { series: Series; value?: string }) {
  return (
    <span>
      <i style={{ background: `var(${series.color})` }} />
      {series.name}
      {value !== undefined && <b className="numbers"> {value}</b>}
    </span>
  );
}

function shownValue(kind: Props['kind'], value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return kind === 'bars' ? count(value) : percent(value);
}

function axisLabel(day: Day | undefined, by: Step): string {
  return day === undefined ? '' : dayLabel(day, by === 'month' ? 'month' : 'day');
}

interface Parts {
  series: uPlot.Series[];
  values: (number | null)[][];
  bands?: uPlot.Band[];
}

type Color = (name: string) => string;

/** Each on top of those before; the tallest is drawn first, so that the others stand before it. */
function stacked(series: Series[], color: Color): Parts {
  const tops: number[][] = [];
  for (const { values } of series) {
    const below = tops.at(-1);
    tops.push(values.map((value, place) => (value ?? 0) + (below?.[place] ?? 0)));
  }
  const paths = uPlot.paths.bars?.({ size: [0.72, 42] });
  const shown = series.map((each) => ({
    label: each.name,
    fill: color(each.color),
    width: 0,
    points: { show: false },
    ...(paths === undefined ? {} : { paths }),
  }));
  return { series: shown.reverse(), values: tops.reverse() };
}

/** The interval as a faint surface, with the share as a line in it. */
function banded(series: Series[], color: Color): Parts {
  const line = color(series[2]?.color ?? '--accent');
  const edge: uPlot.Series = { width: 0, points: { show: false }, spanGaps: false };
  const share: uPlot.Series = {
    stroke: line,
    width: 2,
    points: { show: true, size: 4, fill: line },
    spanGaps: false,
  };
  return {
    series: [edge, edge, share],
    values: series.map(({ values }) => values),
    bands: [{ series: [1, 2], fill: `color-mix(in srgb, ${line} 20%, transparent)` }],
  };
}
