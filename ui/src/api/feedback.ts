import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { asQuery, type Filters } from '../inbox/filters';
import { api, told, type Schemas } from './client';

export type Listed = Schemas['ListedFeedback'];
export type Detail = Schemas['FeedbackDetail'];
export type Message = Schemas['Message'];

type Asked = Filters & { project?: string | undefined };

const PART = 60;

/** The newest votes that a filter lets pass. */
export function listOf(asked: Asked, limit: number) {
  const query = { ...asQuery(asked), limit };
  return queryOptions({
    queryKey: ['feedback', 'newest', query],
    queryFn: async () => (await told(api.GET('/feedback', { params: { query } }))).items,
  });
}

/** All of them, part by part. */
export function inboxOf(asked: Asked) {
  const query = { ...asQuery(asked), with_texts: true, limit: PART };
  return infiniteQueryOptions({
    queryKey: ['feedback', 'inbox', query],
    queryFn: ({ pageParam }) =>
      told(api.GET('/feedback', { params: { query: { ...query, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

/** A vote with its history and what it judges. */
export function voteOf(id: string) {
  return queryOptions({
    queryKey: ['feedback', 'vote', id],
    queryFn: () => told(api.GET('/feedback/{id}', { params: { path: { id } } })),
  });
}

/** The latest messages of a conversation, oldest first. */
export function messagesOf(project: string, conversation: string) {
  return queryOptions({
    queryKey: ['messages', project, conversation],
    queryFn: () =>
      told(
        api.GET('/projects/{project}/conversations/{conversation}/messages', {
          params: { path: { project, conversation: `id:${conversation}` }, query: { limit: 200 } },
        }),
      ),
  });
}
