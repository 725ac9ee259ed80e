import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { readInboxSearch } from './inbox/filters';
import { readPeriodSearch } from './overview/period';
import { InviteOnly, Shell, SignInOnly } from './shell/Gate';
import { NotHere } from './shell/NotHere';
import { readText } from './shared/search';

const root = createRootRoute({ component: Outlet, notFoundComponent: NotHere });

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search): { next?: string | undefined } => ({ next: readText(search, 'next') }),
  component: SignInOnly,
});

const invite = createRoute({ getParentRoute: () => root, path: '/invite', component: InviteOnly });

const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  validateSearch: (search): { project?: string | undefined } => ({ project: readText(search, 'project') }),
});

const overview = createRoute({
  getParentRoute: () => shell,
  path: '/',
  validateSearch: readPeriodSearch,
  component: lazyRouteComponent(() => import('./overview/Overview'), 'Overview'),
});

const inbox = createRoute({
  getParentRoute: () => shell,
  path: '/inbox',
  validateSearch: readInboxSearch,
  component: lazyRouteComponent(() => import('./inbox/Inbox'), 'Inbox'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(() => import('./settings/Settings'), 'Settings'),
});

const settingsStart = createRoute({
  getParentRoute: () => settings,
  path: '/',
  beforeLoad: ({ search }) => {
    throw redirect({ to: '/settings/projects', search: { project: search.project } });
  },
});

const projects = createRoute({
  getParentRoute: () => settings,
  path: '/projects',
  component: lazyRouteComponent(() => import('./settings/Projects'), 'Projects'),
});

const project = createRoute({
  getParentRoute: () => settings,
  path: '/projects/$id',
  component: lazyRouteComponent(() => import('./settings/Project'), 'Project'),
});

const keys = createRoute({
  getParentRoute: () => settings,
  path: '/keys',
  component: lazyRouteComponent(() => import('./settings/Keys'), 'Keys'),
});

const accounts = createRoute({
  getParentRoute: () => settings,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./settings/Accounts'), 'Accounts'),
});

const audit = createRoute({
  getParentRoute: () => settings,
  path: '/audit',
  component: lazyRouteComponent(() => import('./settings/Audit'), 'Audit'),
});

const own = createRoute({
  getParentRoute: () => settings,
  path: '/you',
  component: lazyRouteComponent(() => import('./settings/You'), 'You'),
});

const tree = root.addChildren([
  signIn,
  invite,
  shell.addChildren([
    overview,
    inbox,
    settings.addChildren([settingsStart, projects, project, keys, accounts, audit, own]),
  ]),
]);

/** The app's pages. What the address says is plain text: `?sentiment=negative`, never JSON. */
export const router = createRouter({
  routeTree: tree,
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const said = Object.entries(search).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
    );
    const text = new URLSearchParams(said).toString();
    return text === '' ? '' : `?${text}`;
  },
  defaultPreload: 'intent',
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
