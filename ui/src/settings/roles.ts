import type { AccountRole } from '../api/session';

export const ROLES: Record<AccountRole, string> = {
  viewer: 'Viewer: reads',
  editor: 'Editor: reads and works on feedback',
  owner: 'Owner: everything',
};
