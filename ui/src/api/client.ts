import createClient from 'openapi-fetch';
import type { components, paths } from './schema';

export type Schemas = components['schemas'];

/** What the server refused, in its own words. */
export class Failure extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  readonly retryAfter: number | undefined;

  constructor(status: number, problem: Partial<Schemas['Problem']>, retryAfter?: number) {
    super(problem.detail ?? `The server answered ${status}.`);
    this.status = status;
    this.code = problem.code ?? '';
    this.field = problem.field ?? undefined;
    this.retryAfter = retryAfter;
  }
}

const BASE = '/candor/v1';

/** The native API, by its description. */
export const api = createClient<paths>({ baseUrl: BASE });

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer of a call, or the failure that it was. */
export async function told<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw failure(response, error);
  return data as T;
}

function failure(response: Response, problem: unknown): Failure {
  const seconds = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const retryAfter = Number.isFinite(seconds) ? seconds : undefined;
  const known = typeof problem === 'object' && problem !== null ? problem : {};
  return new Failure(response.status, known, retryAfter);
}
