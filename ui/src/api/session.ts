import { queryOptions, useMutation, useQueryClient, type QueryClient } from '@tanstack/react-query';
import { api, Failure, told, type Schemas } from './client';

export type AccountRole = Schemas['AccountRole'];
export type Me = Schemas['Me'];

export const sessionKey = ['session'] as const;

/** Who is signed in; `null` for nobody. */
export const session = queryOptions({
  queryKey: sessionKey,
  queryFn: async (): Promise<Me | null> => {
    try {
      return await told(api.GET('/session'));
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

/** Takes over from whoever was signed in before. */
function useArrival() {
  const queries = useQueryClient();
  return (me: Me) => {
    change(queries, me);
  };
}

export function useSigningIn() {
  const onSuccess = useArrival();
  return useMutation({
    mutationFn: (body: Schemas['SignIn']) => told(api.POST('/session', { body })),
    onSuccess,
  });
}

/** Makes the account of a one-time link, or sets its password; it is signed in then. */
export function useAccepting() {
  const onSuccess = useArrival();
  return useMutation({
    mutationFn: (body: Schemas['Accepting']) => told(api.POST('/invites/accept', { body })),
    onSuccess,
  });
}

/** Ends this session, or all of the account's. */
export function useSigningOut() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (everywhere: boolean) => told(api.DELETE('/session', { params: { query: { everywhere } } })),
    onSuccess: () => {
      change(queries, null);
    },
  });
}

/** What a role may do. */
export function may(me: Me, what: 'write' | 'administer'): boolean {
  return me.account.role === 'owner' || (what === 'write' && me.account.role === 'editor');
}
