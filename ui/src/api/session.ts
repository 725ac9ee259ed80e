import { queryOptions, useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { Failure } from './client';
import { ask } from './ask';

export type AccountRole = 'viewer' | 'editor' | 'owner';

export interface Me {
  account: { id: string; email: string; name: string; role: AccountRole; projects: string[] | null };
  workspace: { id: string; name: string };
  expires_at: string;
}

export const sessionKey = ['session'] as const;

/** Who is signed in; `null` for nobody. */
export const session = queryOptions({
  queryKey: sessionKey,
  queryFn: async (): Promise<Me | null> => {
    try {
      return await ask<Me>('GET', '/session');
    } catch (error) {
      if (error instanceof Failure && error.status === 401) return null;
      throw error;
    }
  },
  staleTime: 60_000,
});

/** Forgets what the one before was shown. The session itself stays: the shell looks at it. */
function change(queries: QueryClient, me: Me | null) {
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
  queries.setQueryData(sessionKey, me);
}

/** A mutation after which somebody is signed in. */
export function useSigningIn<Body>(path: '/session' | '/invites/accept') {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (body: Body) => ask<Me>('POST', path, body),
    onSuccess: (me) => {
      change(queries, me);
    },
  });
}

/** Ends this session, or all of the account's. */
export function useSigningOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (everywhere: boolean) => ask('DELETE', everywhere ? '/session?everywhere=true' : '/session'),
    onSuccess: () => {
      change(queries, null);
    },
  });
}

/** What a role may do. */
export function may(me: Me, what: 'write' | 'administer'): boolean {
  return me.account.role === 'owner' || (what === 'write' && me.account.role === 'editor');
}
