import { Button, Table } from '@mantine/core';
import type { ReactNode } from 'react';
import { keep, toCsv, type Column } from './csv';
import classes from './Table.module.css';

export interface ShownColumn<Row> extends Column<Row> {
  /** How a cell is shown, where that is not its value. */
  shown?: (row: Row) => ReactNode;
  /** Numbers stand at the right. */
  numeric?: boolean;
  /** Whether only the CSV has it. */
  csvOnly?: boolean;
}

interface Props<Row> {
  caption: string;
  columns: ShownColumn<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
}

/** Rows as a table. Its first column names the row. */
export function DataTable<Row>({ caption, columns, rows, rowKey }: Props<Row>) {
  const seen = columns.filter((column) => column.csvOnly !== true);
  return (
    // A table that is too wide is scrolled, by the keyboard too.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.scroll} role="region" aria-label={caption} tabIndex={0}>
      <Table verticalSpacing={5} className={classes.table}>
        <Table.Caption className={classes.caption}>{caption}</Table.Caption>
        <Table.Thead>
          <Table.Tr>
            {seen.map((column) => (
              <Table.Th key={column.title} scope="col" data-numeric={column.numeric}>
                {column.title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={rowKey(row)}>
              {seen.map((column, place) => {
                const cell = column.shown ? column.shown(row) : (column.value(row) ?? '–');
                return place === 0 ? (
                  <Table.Th key={column.title} scope="row">
                    {cell}
                  </Table.Th>
                ) : (
                  <Table.Td key={column.title} data-numeric={column.numeric}>
                    {cell}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Has the browser keep the rows as CSV. */
export function CsvButton<Row>({
  name,
  columns,
  rows,
}: {
  name: string;
  columns: Column<Row>[];
  rows: Row[];
}) {
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      aria-label={`CSV of ${name}`}
      disabled={rows.length === 0}
      onClick={() => {
        keep(`candor-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.csv`, toCsv(columns, rows));
      }}
    >
      CSV
    </Button>
  );
}
