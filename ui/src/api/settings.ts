import { queryOptions } from '@tanstack/react-query';
import { api, told, type Schemas } from './client';

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

export type Account = Schemas['Account'];
export type Invite = Schemas['Invite'];
export type AuditEntry = Schemas['AuditEntry'];

export const accounts = queryOptions({
  queryKey: ['accounts'],
  queryFn: () => all((cursor) => told(api.GET('/accounts', { params: { query: { limit: 200, cursor } } }))),
});

export const invites = queryOptions({
  queryKey: ['invites'],
  queryFn: () => all((cursor) => told(api.GET('/invites', { params: { query: { limit: 200, cursor } } }))),
});

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
