import { daysAfter, daysBetween, today, type Day } from '../shared/days';
import { readText } from '../shared/search';

export const LENGTHS = { '7': '7 days', '30': '30 days', '90': '90 days', '365': 'A year' } as const;
export const STEPS = { day: 'Day', week: 'Week', month: 'Month' } as const;

export type Length = keyof typeof LENGTHS;
export type Step = keyof typeof STEPS;

/** What the address says of the time that the overview tells of. */
export interface Period {
  period: Length;
  by: Step;
}

export const standardPeriod: Period = { period: '30', by: 'day' };

/** What the address says, without what is so anyway. */
export function readPeriodSearch(search: Record<string, unknown>): Partial<Period> {
  const period = readText(search, 'period');
  const by = readText(search, 'by');
  return {
    period: isLength(period) && period !== standardPeriod.period ? period : undefined,
    by: isStep(by) && by !== standardPeriod.by ? by : undefined,
  };
}

export function readPeriod(search: Record<string, unknown>): Period {
  const { period, by } = readPeriodSearch(search);
  return { period: period ?? standardPeriod.period, by: by ?? standardPeriod.by };
}

function isLength(text: string | undefined): text is Length {
  return text !== undefined && text in LENGTHS;
}

function isStep(text: string | undefined): text is Step {
  return text !== undefined && text in STEPS;
}

/** Days: the first, and the one after the last. */
export interface Range {
  since: Day;
  until: Day;
}

/** The days of a period up to today, from where a step begins: the first bar is a whole one. */
export function rangeOf({ period, by }: Period, zone: string, now?: Date): Range {
  const until = daysAfter(today(zone, now), 1);
  return { since: stepStart(daysAfter(until, -Number(period)), by), until };
}

/** As many days before. */
export function before({ since, until }: Range): Range {
  return { since: daysAfter(since, -daysBetween(since, until)), until: since };
}

/** The first day of the step that a day lies in; weeks begin on Monday. */
export function stepStart(day: Day, by: Step): Day {
  if (by === 'month') return `${day.slice(0, 7)}-01`;
  if (by === 'day') return day;
  const weekday = new Date(`${day}T00:00:00Z`).getUTCDay();
  return daysAfter(day, -((weekday + 6) % 7));
}

/** The first day of every step in a range, also of those without a vote. */
export function steps({ since, until }: Range, by: Step): Day[] {
  const found: Day[] = [];
  for (let day = stepStart(since, by); day < until; day = following(day, by)) found.push(day);
  return found;
}

function following(day: Day, by: Step): Day {
  if (by === 'day') return daysAfter(day, 1);
  if (by === 'week') return daysAfter(day, 7);
  return stepStart(daysAfter(day, 31), 'month');
}
