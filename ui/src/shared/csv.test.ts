import { expect, test } from 'vitest';
import { toCsv } from './csv';

test('a row is a line, and what would end a cell is quoted', () => {
  const columns = [
    { title: 'Reason, in words', value: (row: { text: string; n: number | null }) => row.text },
    { title: 'Votes', value: (row: { text: string; n: number | null }) => row.n },
  ];
  const rows = [
    { text: 'says "no"', n: -3 },
    { text: 'two\nlines', n: null },
  ];
  expect(toCsv(columns, rows)).toBe('"Reason, in words",Votes\r\n"says ""no""",-3\r\n"two\nlines",\r\n');
});

test('no spreadsheet runs what people wrote', () => {
  const columns = [{ title: 'Comment', value: (row: string) => row }];
  expect(toCsv(columns, ['=1+1', '@here', '-nothing'])).toBe("Comment\r\n'=1+1\r\n'@here\r\n'-nothing\r\n");
});
