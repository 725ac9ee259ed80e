import { Button } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { CsvButton, DataTable, type ShownColumn } from '../shared/Table';
import classes from './WithTable.module.css';

interface Props<Row> {
  name: string;
  /** The main figures, in words. */
  said: string;
  columns: ShownColumn<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  children: ReactNode;
}

/** A chart, its figures in words, and its table and CSV for whoever wants all of them. */
export function WithTable<Row>({ name, said, columns, rows, rowKey, children }: Props<Row>) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <>
      {children}
      <div className={classes.foot}>
        <p className="numbers">{said}</p>
        <span>
          <Button
            size="compact-xs"
            variant="subtle"
            aria-expanded={open}
            aria-controls={id}
            aria-label={`Table of ${name}`}
            onClick={() => {
              setOpen(!open);
            }}
          >
            {open ? 'Hide the table' : 'Table'}
          </Button>
          <CsvButton name={name} columns={columns} rows={rows} />
        </span>
      </div>
      <div id={id}>{open && <DataTable caption={name} columns={columns} rows={rows} rowKey={rowKey} />}</div>
    </>
  );
}
