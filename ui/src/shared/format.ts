const whole = new Intl.NumberFormat('en');
const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1, minimumFractionDigits: 1 });
const twoDigits = new Intl.NumberFormat('en', { maximumFractionDigits: 2, minimumFractionDigits: 2 });
const dateTime = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const date = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });

export const count = (value: number) => whole.format(value);
export const percent = (share: number) => `${oneDigit.format(share * 100)} %`;
export const moment = (at: string) => dateTime.format(new Date(at));
export const dayOf = (at: string) => date.format(new Date(at));

/** A mean from 0 to 1 on the scale from 1 to 5 that people know. */
export const ofFive = (mean: number) => twoDigits.format(1 + 4 * mean);

/** How long ago, short: `5 min`, `3 h`, `12 d`, then the date. */
export function age(at: string, now: number = Date.now()): string {
  const minutes = Math.max(0, Math.floor((now - Date.parse(at)) / 60_000));
  if (minutes < 1) return 'now';
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  if (minutes < 60 * 24 * 60) return `${Math.floor(minutes / 60 / 24)} d`;
  return dayOf(at);
}

/** `1 vote`, `2 votes`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}
