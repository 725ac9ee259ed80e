import { useId, type ReactNode } from 'react';
import classes from './Panel.module.css';

/** A part of a page under its heading. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className={`sheet ${classes.panel ?? ''}`} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

/** The heading of a page, with what acts on all of it. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <header className={classes.page}>
      <h1>{title}</h1>
      <div className={classes.acts}>{children}</div>
    </header>
  );
}
