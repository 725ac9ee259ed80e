/** A text of the address; nothing, if it is absent or empty. */
export function readText(search: Record<string, unknown>, name: string): string | undefined {
  const value = search[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
