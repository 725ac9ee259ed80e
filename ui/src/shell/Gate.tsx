import { useQuery } from '@tanstack/react-query';
import { useLocation, useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { session } from '../api/session';
import { Failed, Loading } from '../shared/States';
import { Invite } from '../sign-in/Invite';
import { Card } from '../sign-in/Card';
import { SignIn } from '../sign-in/SignIn';
import { Frame } from './Frame';
import { MeContext } from './me';

/** The pages for those who are signed in; others are asked to, and come back. */
export function Shell() {
  const { data: me, error, refetch } = useQuery(session);
  if (error) {
    return (
      <Card title="Candor">
        <Failed error={error} again={refetch} />
      </Card>
    );
  }
  if (me === undefined) return <Loading label="Looking who is signed in" lines={1} />;
  if (me === null) return <ToSignIn />;
  return (
    <MeContext value={me}>
      <Frame />
    </MeContext>
  );
}

/** Leads to signing in, and remembers from where: the address changes under way. */
function ToSignIn() {
  const { href } = useLocation();
  const [from] = useState(href);
  const navigate = useNavigate();
  useEffect(() => {
    void navigate({ to: '/sign-in', search: { next: from === '/' ? undefined : from }, replace: true });
  }, [from, navigate]);
  return null;
}

export function SignInOnly() {
  const { data: me } = useQuery(session);
  const { next } = useSearch({ from: '/sign-in' });
  const { history } = useRouter();
  const signedIn = Boolean(me);
  useEffect(() => {
    if (signedIn) history.replace(ownPath(next));
  }, [signedIn, next, history]);
  return <SignIn />;
}

export function InviteOnly() {
  return <Invite />;
}

/** Where to go on: a path of this app, whatever the address says. */
function ownPath(next: string | undefined): string {
  if (next?.startsWith('/') !== true) return '/';
  const there = new URL(next, window.location.origin);
  return there.origin === window.location.origin ? there.pathname + there.search : '/';
}
