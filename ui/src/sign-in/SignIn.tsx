import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Failure } from '../api/client';
import { useSigningIn } from '../api/session';
import { counted } from '../shared/format';
import { Refused } from '../shared/States';
import { Card } from './Card';

export function SignIn() {
  const signIn = useSigningIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = 'Sign in · Candor';
  }, []);
  return (
    <Card title="Sign in to Candor">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          signIn.mutate({ email, password });
        }}
      >
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          data-autofocus
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        <PasswordInput
          label="Password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Refused error={signIn.error && new Error(why(signIn.error))} />
        <Button type="submit" loading={signIn.isPending}>
          Sign in
        </Button>
      </form>
    </Card>
  );
}

function why(error: Error): string {
  if (error instanceof Failure && error.status === 429) {
    const seconds = error.retryAfter;
    return seconds === undefined
      ? 'Too many tries. Wait a while.'
      : `Too many tries. Try again in ${counted(seconds, 'second')}.`;
  }
  if (error instanceof Failure && error.status === 401) return 'The e-mail or the password is wrong.';
  return error.message;
}
