import { queryOptions } from '@tanstack/react-query';
import { api, told, type Schemas } from './client';

/** Every project that one may see, by name. */
export const projects = queryOptions({
  queryKey: ['projects'],
  queryFn: async () => {
    const found: Schemas['Project'][] = [];
    let cursor: string | undefined;
    do {
      const page = await told(api.GET('/projects', { params: { query: { limit: 200, cursor } } }));
      found.push(...page.items);
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    return found.sort((a, b) => a.name.localeCompare(b.name));
  },
  staleTime: 60_000,
});
