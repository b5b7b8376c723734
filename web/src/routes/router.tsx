/** Which address shows which page. */

import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type AnyRouter,
  type LocationRewrite,
} from '@tanstack/react-router';
import { boot } from '~/api/boot';
import { beginLog } from '~/features/logs/beginLog';
import { Shell } from '~/features/shell/Shell';
import { repositoryName } from '~/features/workflow/link';
import { holdKeys } from '~/lib/heldKeys';
import { fetchPage } from '~/lib/missingFile';
import { checkSearch, parseSearch, stringifySearch, type Search } from '~/lib/search';
import { NotFoundPage } from '~/routes/NotFoundPage';
import { OverviewPage } from '~/routes/OverviewPage';
import { TroublePage } from '~/routes/TroublePage';

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Shell,
  notFoundComponent: NotFoundPage,
  errorComponent: TroublePage,
  validateSearch: (raw: Record<string, unknown>) => checkSearch(raw).search,
});

/** A page whose file comes when it is wanted. */
const latePage: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(() => fetchPage(load), name);

const parent = { getParentRoute: () => root };

interface WorkflowPlace {
  owner: string;
  repo: string;
  _splat?: string;
}

/** Where an address names no workflow, all those of the repository are shown. */
function toGrid({ owner, repo, _splat = '' }: WorkflowPlace, search: Search): void {
  if (_splat !== '') return;
  // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
  throw redirect({ to: '/grid', search: { ...search, repo: [repositoryName(owner, repo)] }, replace: true });
}

const tree = root.addChildren([
  createRoute({ ...parent, path: '/', component: OverviewPage }),
  createRoute({
    ...parent,
    path: '/overview',
    beforeLoad: ({ search }) => {
      // eslint-disable-next-line @typescript-eslint/only-throw-error -- how the router is told
      throw redirect({ to: '/', search, replace: true });
    },
  }),
  createRoute({
    ...parent,
    path: '/runs',
    component: latePage(() => import('~/routes/RunsPage'), 'RunsPage'),
  }),
  createRoute({
    ...parent,
    path: '/runs/$runId',
    component: latePage(() => import('~/routes/RunPage'), 'RunPage'),
  }),
  createRoute({
    ...parent,
    path: '/runs/$runId/jobs/$jobId',
    // What the page shows first is on its way before its file is there.
    loader: beginLog,
    component: latePage(() => import('~/routes/JobPage'), 'JobPage'),
  }),
  createRoute({
    ...parent,
    path: '/grid',
    component: latePage(() => import('~/routes/GridPage'), 'GridPage'),
  }),
  createRoute({
    ...parent,
    path: '/w/$owner/$repo',
    beforeLoad: ({ params, search }) => { toGrid(params as WorkflowPlace, search as Search); },
  }),
  createRoute({
    ...parent,
    path: '/w/$owner/$repo/$workflow',
    component: latePage(() => import('~/routes/WorkflowPage'), 'WorkflowPage'),
  }),
  // Some proxies hand an address on with the slashes of a name decoded.
  createRoute({
    ...parent,
    path: '/w/$owner/$repo/$',
    beforeLoad: ({ params, search }) => { toGrid(params as WorkflowPlace, search as Search); },
    component: latePage(() => import('~/routes/WorkflowPage'), 'WorkflowPage'),
  }),
  createRoute({
    ...parent,
    path: '/v/$view',
    component: latePage(() => import('~/routes/ViewPage'), 'ViewPage'),
  }),
  createRoute({
    ...parent,
    path: '/search',
    component: latePage(() => import('~/routes/SearchPage'), 'SearchPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts/rules',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts/rules/$ruleId',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts/channels',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts/messages',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/alerts/$alertId',
    component: latePage(() => import('~/routes/AlertsPage'), 'AlertsPage'),
  }),
  createRoute({
    ...parent,
    path: '/welcome',
    component: latePage(() => import('~/routes/WelcomePage'), 'WelcomePage'),
  }),
  createRoute({
    ...parent,
    path: '/settings',
    component: latePage(() => import('~/routes/SettingsPage'), 'SettingsPage'),
  }),
  createRoute({
    ...parent,
    path: '/settings/$section',
    component: latePage(() => import('~/routes/SettingsPage'), 'SettingsPage'),
  }),
]);

/** Where the wall is the front page, every link to the overview goes to its other address. */
const besideTheWall: LocationRewrite = {
  input: ({ url }) => {
    if (url.pathname === '/overview') url.pathname = '/';
    return url;
  },
  output: ({ url }) => {
    if (url.pathname === '/') url.pathname = '/overview';
    return url;
  },
};

/** Make the router of the page. */
export function makeRouter(client: QueryClient) {
  const router = createRouter({
    routeTree: tree,
    ...(boot.home === '/overview' && { rewrite: besideTheWall }),
    context: { client },
    // What cannot be understood is gone before any page sees it.
    parseSearch: (text) => checkSearch(parseSearch(text)).search,
    // Whoever sets a parameter to its default does not write it into the address.
    stringifySearch: (search) => stringifySearch(checkSearch(search).search),
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultErrorComponent: TroublePage,
  });
  holdKeysOnTheWay(router);
  return router;
}

/** What is pressed on the way to another page is meant for that one. */
function holdKeysOnTheWay(router: AnyRouter): void {
  let arrive = (): void => undefined;
  router.subscribe('onBeforeLoad', ({ fromLocation, pathChanged }) => {
    if (fromLocation === undefined || !pathChanged) return;
    const before = arrive;
    arrive = holdKeys();
    before();
  });
  router.subscribe('onResolved', () => { arrive(); });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
