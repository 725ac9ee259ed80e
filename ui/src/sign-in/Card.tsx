import type { ReactNode } from 'react';
import classes from './Card.module.css';

/** A page that is one card: before anybody is signed in. */
export function Card({ title, children }: { title: string; children: ReactNode }) {
  return (
    <main className={classes.page}>
      <div className={`sheet ${classes.card ?? ''}`}>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
