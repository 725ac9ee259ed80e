import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, Failure, told, type Schemas } from '../api/client';
import { useAccepting, type AccountRole } from '../api/session';
import { Failed, Loading, Refused } from '../shared/States';
import { Card } from './Card';

type Look = Schemas['InviteLook'];

const TITLES: Record<Look['kind'], string> = {
  first: 'Make the first account',
  account: 'Make your account',
  password: 'Choose a new password',
};

const ROLES: Record<AccountRole, string> = {
  viewer: 'You will read the feedback.',
  editor: 'You will read the feedback and work on it.',
  owner: 'You will own the workspace: its projects, keys and accounts.',
};

/** What a link that was sent to somebody opens. Its token is behind the #, and so in no log. */
export function Invite() {
  const [token] = useState(() => window.location.hash.slice(1));
  const { data, error, refetch } = useQuery({
    queryKey: ['invite', token],
    queryFn: () => told(api.POST('/invites/look', { body: { token } })),
    enabled: token !== '',
    staleTime: Infinity,
  });
  useEffect(() => {
    document.title = 'Invite · Candor';
  }, []);
  if (token === '' || (error instanceof Failure && error.status === 404)) {
    return (
      <Card title="This link opens nothing">
        <p>It was used already, it is too old, or a part of it is missing. Ask for a new one.</p>
        <Link to="/">Sign in</Link>
      </Card>
    );
  }
  if (error) {
    return (
      <Card title="Candor">
        <Failed error={error} again={refetch} />
      </Card>
    );
  }
  if (data === undefined) {
    return (
      <Card title="Candor">
        <Loading label="Looking at the link" />
      </Card>
    );
  }
  return <Accept token={token} look={data} />;
}

function Accept({ token, look }: { token: string; look: Look }) {
  const accept = useAccepting();
  const navigate = useNavigate();
  const [email, setEmail] = useState(look.email ?? '');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const known = look.kind === 'password';
  return (
    <Card title={TITLES[look.kind]}>
      {!known && <p>{ROLES[look.role]}</p>}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          accept.mutate(known ? { token, password } : { token, email, name, password }, {
            onSuccess: () => void navigate({ to: '/', replace: true }),
          });
        }}
      >
        <TextInput
          label="E-mail"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          readOnly={look.email !== null}
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
          }}
        />
        {!known && (
          <TextInput
            label="Your name"
            autoComplete="name"
            required
            withAsterisk={false}
            value={name}
            onChange={(event) => {
              setName(event.currentTarget.value);
            }}
          />
        )}
        <PasswordInput
          label="Password"
          description="At least 10 characters."
          autoComplete="new-password"
          minLength={10}
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => {
            setPassword(event.currentTarget.value);
          }}
        />
        <Refused error={accept.error} />
        <Button type="submit" loading={accept.isPending}>
          {known ? 'Keep the new password' : 'Make the account'}
        </Button>
      </form>
    </Card>
  );
}
