export interface Column<Row> {
  title: string;
  value: (row: Row) => string | number | null;
}

/** Rows as CSV (RFC 4180). What a spreadsheet would run as a formula is written as text. */
export function toCsv<Row>(columns: Column<Row>[], rows: Row[]): string {
  const head = columns.map((column) => cell(column.title));
  const body = rows.map((row) => columns.map((column) => cell(column.value(row))).join(','));
  return [head.join(','), ...body, ''].join('\r\n');
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Has the browser keep a text as a file. */
export function keep(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has begun by then.
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, 10_000);
}
