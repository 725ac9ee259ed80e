import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { InboxIcon, OverviewIcon, SettingsIcon } from '../shared/icons';
import { AccountMenu } from './AccountMenu';
import classes from './Frame.module.css';
import { ProjectSwitcher } from './ProjectSwitcher';

const PAGES = [
  { to: '/', name: 'Overview', Icon: OverviewIcon, exact: true },
  { to: '/inbox', name: 'Inbox', Icon: InboxIcon, exact: false },
  { to: '/settings', name: 'Settings', Icon: SettingsIcon, exact: false },
] as const;

/** What stands around every page: where one is, which project, who. */
export function Frame() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const section = PAGES.find((page) => (page.exact ? pathname === page.to : pathname.startsWith(page.to)));
  useEffect(() => {
    document.title = section ? `${section.name} · Candor` : 'Candor';
  }, [section]);
  return (
    <div className={classes.frame}>
      <a
        className={classes.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the page
      </a>
      <header className={classes.top}>
        <Link to="/" search={(now) => ({ project: now.project })} className={classes.mark}>
          Candor
        </Link>
        <ProjectSwitcher />
        <AccountMenu />
      </header>
      <nav className={classes.pages} aria-label="Pages">
        {PAGES.map(({ to, name, Icon, exact }) => (
          <Link
            key={to}
            to={to}
            search={(now) => ({ project: now.project })}
            activeOptions={{ exact, includeSearch: false }}
            activeProps={{ 'aria-current': 'page' }}
            className={classes.page}
          >
            <Icon />
            <span>{name}</span>
          </Link>
        ))}
      </nav>
      <main ref={main} id="main" tabIndex={-1} className={classes.main}>
        <Outlet />
      </main>
    </div>
  );
}
