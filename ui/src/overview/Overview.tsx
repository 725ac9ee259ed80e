import { NativeSelect, SegmentedControl } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { dayLabel, daysAfter, timeZone } from '../shared/days';
import { PageHead } from '../shared/Panel';
import { Breakdowns } from './Breakdowns';
import { Comments } from './Comments';
import { Course } from './Course';
import { Headline } from './Headline';
import classes from './Overview.module.css';
import { before, LENGTHS, rangeOf, readPeriod, readPeriodSearch, STEPS } from './period';

/** What people said, in sums: of one project or of all. */
export function Overview() {
  const search = useSearch({ from: '/shell/' });
  const navigate = useNavigate();
  const period = readPeriod({ ...search });
  const range = rangeOf(period, timeZone);
  const asked = { project: search.project, range, earlier: before(range), by: period.by };
  const choose = (said: Record<string, string>) =>
    void navigate({
      to: '/',
      search: (now) => ({ ...now, ...readPeriodSearch({ ...period, ...said }) }),
    });
  return (
    <>
      <PageHead title={search.project ?? 'All projects'}>
        <NativeSelect
          aria-label="Time"
          size="xs"
          value={period.period}
          data={Object.entries(LENGTHS).map(([value, label]) => ({ value, label }))}
          onChange={(event) => {
            choose({ period: event.currentTarget.value });
          }}
        />
        <SegmentedControl
          aria-label="One bar for each"
          size="xs"
          value={period.by}
          data={Object.entries(STEPS).map(([value, label]) => ({ value, label }))}
          onChange={(by) => {
            choose({ by });
          }}
        />
      </PageHead>
      <p className={classes.range}>
        {dayLabel(range.since, 'full')} to {dayLabel(daysAfter(range.until, -1), 'full')}, {timeZone}. Changes
        are against as many days before.
      </p>
      <div className={classes.panels}>
        <Headline {...asked} />
        <Course {...asked} />
        <Breakdowns {...asked} />
        <Comments project={search.project} />
      </div>
    </>
  );
}
