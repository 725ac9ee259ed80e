import { Link, Outlet } from '@tanstack/react-router';
import { may } from '../api/session';
import { useMe } from '../shell/me';
import classes from './Settings.module.css';

const PARTS = [
  { to: '/settings/projects', name: 'Projects', owner: false },
  { to: '/settings/keys', name: 'Keys', owner: true },
  { to: '/settings/accounts', name: 'Accounts', owner: true },
  { to: '/settings/audit', name: 'Audit log', owner: true },
  { to: '/settings/you', name: 'Your account', owner: false },
] as const;

export function Settings() {
  const me = useMe();
  const shown = PARTS.filter((part) => !part.owner || may(me, 'administer'));
  return (
    <div className={classes.settings}>
      <nav aria-label="Settings" className={classes.parts}>
        {shown.map(({ to, name }) => (
          <Link
            key={to}
            to={to}
            search={(now) => ({ project: now.project })}
            activeOptions={{ includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
          >
            {name}
          </Link>
        ))}
      </nav>
      <Outlet />
    </div>
  );
}
