/** A day as `2026-05-01`, on the calendar of whoever reads. */
export type Day = string;

/** The time zone of whoever reads. */
export const timeZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The day that it is now in a time zone. */
export function today(zone: string, now: Date = new Date()): Day {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(now);
  const part = (type: string) => parts.find((each) => each.type === type)?.value ?? '';
  return `${part('year')}-${part('month')}-${part('day')}`;
}

/** Some days later, or earlier. */
export function daysAfter(day: Day, days: number): Day {
  const at = new Date(`${day}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + days);
  return at.toISOString().slice(0, 10);
}

/** How many days lie between two. */
export function daysBetween(since: Day, until: Day): number {
  return Math.round((Date.parse(`${until}T00:00:00Z`) - Date.parse(`${since}T00:00:00Z`)) / 86_400_000);
}

/** Whether a text is a day that there is. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** The instant at which a day begins for whoever reads. */
export function beginning(day: Day): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date).toISOString();
}

const shown = {
  day: new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', day: 'numeric', month: 'short' }),
  month: new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', month: 'short', year: 'numeric' }),
  full: new Intl.DateTimeFormat(undefined, { timeZone: 'UTC', dateStyle: 'medium' }),
};

/** A day for people: short on an axis, in full elsewhere. */
export function dayLabel(day: Day, form: keyof typeof shown): string {
  return shown[form].format(new Date(`${day}T00:00:00Z`));
}
