import { Failure } from './client';

/** A call that the API's description has no types for yet. */
export async function ask<T = undefined>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/candor/v1${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const parsed: unknown = text === '' ? undefined : read(text);
  if (answer.ok) return parsed as T;
  const seconds = Number(answer.headers.get('Retry-After') ?? Number.NaN);
  const problem = typeof parsed === 'object' && parsed !== null ? parsed : {};
  throw new Failure(answer.status, problem, Number.isFinite(seconds) ? seconds : undefined);
}

function read(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
