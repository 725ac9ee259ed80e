import { Button, PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told } from '../api/client';
import { useSigningOut } from '../api/session';
import { Panel } from '../shared/Panel';
import { Refused } from '../shared/States';
import { useMe } from '../shell/me';
import classes from './Forms.module.css';
import { ROLES } from './roles';

/** One's own password, and the way out everywhere. */
export function You() {
  const me = useMe();
  const signOut = useSigningOut();
  return (
    <div className={classes.parts}>
      <Panel title={me.account.name}>
        <p className={classes.note}>
          {me.account.email}. {ROLES[me.account.role]}.
        </p>
      </Panel>
      <Password email={me.account.email} />
      <Panel title="Sessions">
        <p className={classes.note}>Ends every session of this account, on every device. This one too.</p>
        <Refused error={signOut.error} />
        <Button
          mt="sm"
          variant="default"
          loading={signOut.isPending}
          onClick={() => {
            signOut.mutate(true);
          }}
        >
          Sign out everywhere
        </Button>
      </Panel>
    </div>
  );
}

function Password({ email }: { email: string }) {
  const [current, setCurrent] = useState('');
  const [chosen, setChosen] = useState('');
  const change = useMutation({
    mutationFn: () => told(api.PUT('/session/password', { body: { current, new: chosen } })),
    onSuccess: () => {
      setCurrent('');
      setChosen('');
    },
  });
  return (
    <Panel title="Password">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate();
        }}
      >
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Now"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          onChange={(event) => {
            setCurrent(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="From now on"
          description="At least 10 characters. Your other sessions end."
          autoComplete="new-password"
          minLength={10}
          required
          withAsterisk={false}
          value={chosen}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
          }}
        />
        <Refused error={change.error} />
        <div className={classes.line}>
          <Button type="submit" loading={change.isPending}>
            Change the password
          </Button>
          <span className={classes.saved} role="status">
            {change.isSuccess && 'Changed.'}
          </span>
        </div>
      </form>
    </Panel>
  );
}
