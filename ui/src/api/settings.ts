import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask';
import { api, told, type Schemas } from './client';
import type { AccountRole } from './session';

/** The questions that a project asks. */
export function attributesOf(project: string) {
  return queryOptions({
    queryKey: ['attributes', project],
    queryFn: async () =>
      (
        await told(
          api.GET('/projects/{project}/attributes', { params: { path: { project }, query: { limit: 200 } } }),
        )
      ).items,
  });
}

/** Every key that one may see, those in use first. */
export const keys = queryOptions({
  queryKey: ['keys'],
  queryFn: async () => {
    const found = await all((cursor) =>
      told(api.GET('/keys', { params: { query: { limit: 200, cursor } } })),
    );
    const revoked = (key: Schemas['Key']) => (key.revoked_at === null ? 0 : 1);
    return found.sort((a, b) => revoked(a) - revoked(b) || b.created_at.localeCompare(a.created_at));
  },
});

export interface Account {
  id: string;
  email: string;
  name: string;
  role: AccountRole;
  projects: string[] | null;
  created_at: string;
  disabled_at: string | null;
  last_seen_at: string | null;
}

export interface Invite {
  id: string;
  email: string | null;
  role: AccountRole;
  projects: Schemas['NamedProject'][] | null;
  kind: string;
  created_at: string;
  expires_at: string;
}

export interface AuditEntry {
  id: string;
  at: string;
  actor: { kind: 'account' | 'key' | 'command_line' | 'server'; id: string | null; name: string | null };
  action: string;
  subject: { kind: string; id: string | null; name: string | null };
  detail: Record<string, unknown> | null;
}

export interface Page<Item> {
  items: Item[];
  next_cursor: string | null;
}

export const accounts = queryOptions({
  queryKey: ['accounts'],
  queryFn: () => all((cursor) => ask<Page<Account>>('GET', `/accounts${after(cursor)}`)),
});

export const invites = queryOptions({
  queryKey: ['invites'],
  queryFn: () => all((cursor) => ask<Page<Invite>>('GET', `/invites${after(cursor)}`)),
});

function after(cursor: string | undefined): string {
  return cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`;
}

/** All parts of a short list. */
async function all<Item>(
  part: (cursor: string | undefined) => Promise<{ items: Item[]; next_cursor?: string | null }>,
): Promise<Item[]> {
  const found: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await part(cursor);
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}
