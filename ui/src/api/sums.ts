import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { timeZone } from '../shared/days';
import { api, told, type Schemas } from './client';

export type Row = Schemas['QueryRow'];
export type Metric = Schemas['Metric'];
export type Dimension = Schemas['Dimension'];

export type Question = Pick<Schemas['QueryBody'], 'metrics' | 'dimensions' | 'range' | 'interval'> & {
  project?: string | undefined;
};

/** The sums that a chart shows. */
export function sums({ project, ...question }: Question) {
  const body: Schemas['QueryBody'] = {
    ...question,
    time_zone: timeZone,
    filters: project === undefined ? {} : { project: [project] },
  };
  return queryOptions({
    queryKey: ['sums', body],
    queryFn: async () => (await told(api.POST('/query', { body }))).rows,
    placeholderData: keepPreviousData,
  });
}
