import { Alert, Button, Skeleton, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './States.module.css';

/** What stands where there is nothing yet: a sentence, and what to do if there is something to do. */
export function Empty({ children }: { children: ReactNode }) {
  return <div className={classes.empty}>{children}</div>;
}

/** Something could not be read. */
export function Failed({ error, again }: { error: Error; again?: () => unknown }) {
  return (
    <Alert
      color="red"
      variant="outline"
      role="alert"
      title="This could not be read"
      className={classes.failed}
    >
      <p>{error.message}</p>
      {again && (
        <Button size="xs" variant="default" onClick={() => void again()}>
          Try again
        </Button>
      )}
    </Alert>
  );
}

/** Something was refused where it was written. */
export function Refused({ error }: { error: Error | null }) {
  return (
    <div role="alert">
      {error && (
        <Alert color="red" variant="outline" className={classes.failed}>
          {error.message}
        </Alert>
      )}
    </div>
  );
}

/** Lines in place of what is being read. */
export function Loading({ lines = 4, label }: { lines?: number; label: string }) {
  return (
    <Stack gap="xs" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        <Skeleton key={line} height={14} width={line % 3 === 2 ? '60%' : '100%'} />
      ))}
    </Stack>
  );
}
