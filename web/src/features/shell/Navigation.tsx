/** Where one can go: a rail on the left, a bar at the bottom of a phone. */

import { useQuery } from '@tanstack/react-query';
import { Link, useRouterState } from '@tanstack/react-router';
import { clsx } from 'clsx';
import { openAlertsQuery } from '~/api/alertQueries';
import { WaitingCount } from '~/features/shell/AlertsBell';
import { useOpenView } from '~/features/views/useOpenView';
import { useHere, usePinnedViews } from '~/features/views/useViews';
import { setPreferences, usePreferences } from '~/lib/preferences';
import { keepGlobal, type Search } from '~/lib/search';
import { Icon, type IconName } from '~/ui/Icon';
import { Popover } from '~/ui/Popover';
import { Menu } from '~/ui/Menu';
import { Tip } from '~/ui/Tip';

interface Place {
  to: '/' | '/grid' | '/runs' | '/alerts' | '/settings';
  label: string;
  icon: IconName;
  keys: string;
}

const places: readonly Place[] = [
  { to: '/', label: 'Overview', icon: 'overview', keys: 'g o' },
  { to: '/grid', label: 'Grid', icon: 'grid', keys: 'g g' },
  { to: '/runs', label: 'Runs', icon: 'runs', keys: 'g r' },
  { to: '/alerts', label: 'Alerts', icon: 'alerts', keys: 'g a' },
  { to: '/settings', label: 'Settings', icon: 'settings', keys: 'g s' },
];

function isHere(path: string, to: string): boolean {
  return to === '/' ? path === '/' : path === to || path.startsWith(`${to}/`);
}

/** The rail on the left of a wide screen. */
export function Rail() {
  const { rail } = usePreferences();
  const path = useRouterState({ select: (state) => state.location.pathname });
  const narrow = rail === 'narrow';
  return (
    <nav
      aria-label="Main"
      className={clsx(
        'sticky top-12 hidden h-[calc(100dvh-3rem)] shrink-0 flex-col gap-0.5 border-r border-line p-2 lg:flex',
        narrow ? 'w-14' : 'w-[200px]',
      )}
    >
      {places.map((place) => (
        <RailLink key={place.to} place={place} narrow={narrow} here={isHere(path, place.to)} />
      ))}
      <PinnedViews narrow={narrow} />
      <Link
        to="/search"
        search={(before: Search) => keepGlobal(before)}
        aria-current={isHere(path, '/search') ? 'page' : undefined}
        className="mt-auto flex h-8 items-center gap-2.5 rounded-control px-2.5 text-control text-ink-2 hover:bg-hover hover:text-ink aria-[current=page]:bg-selected"
        aria-label={narrow ? 'Log search' : undefined}
      >
        <Icon name="search" />
        {!narrow && 'Log search'}
      </Link>
      <a
        href="/wall"
        className="flex h-8 items-center gap-2.5 rounded-control px-2.5 text-control text-ink-2 hover:bg-hover hover:text-ink"
        aria-label={narrow ? 'Wall' : undefined}
      >
        <Icon name="wall" />
        {!narrow && 'Wall'}
      </a>
      <button
        type="button"
        className="flex h-8 items-center gap-2.5 rounded-control px-2.5 text-control text-ink-2 hover:bg-hover hover:text-ink"
        aria-label={narrow ? 'Widen the navigation' : undefined}
        onClick={() => {
          setPreferences({ rail: narrow ? 'wide' : 'narrow' });
        }}
      >
        <Icon name="rail" />
        {!narrow && 'Collapse'}
      </button>
    </nav>
  );
}

/** The views that somebody pinned, below the pages. */
function PinnedViews({ narrow }: { narrow: boolean }) {
  const views = usePinnedViews();
  const here = useHere();
  const open = useOpenView();
  if (views.length === 0) return null;
  return (
    <ul aria-label="Pinned views" className="mt-2 flex min-h-0 flex-col gap-0.5 overflow-y-auto border-t border-line pt-2">
      {views.map((view) => (
        <li key={view.id}>
          <a
            href={view.path + view.search}
            title={view.name}
            aria-label={narrow ? view.name : undefined}
            aria-current={here.is(view) ? 'page' : undefined}
            className="flex h-8 items-center gap-2.5 rounded-control px-2.5 text-control text-ink-2 hover:bg-hover hover:text-ink aria-[current=page]:bg-selected"
            onClick={(event) => {
              if (event.ctrlKey || event.metaKey || event.shiftKey) return;
              event.preventDefault();
              open(view);
            }}
          >
            <Icon name="bookmark" />
            {!narrow && <span className="truncate">{view.name}</span>}
          </a>
        </li>
      ))}
    </ul>
  );
}

function RailLink({ place, narrow, here }: { place: Place; narrow: boolean; here: boolean }) {
  const link = (
    <Link
      to={place.to}
      search={(before: Search) => keepGlobal(before)}
      aria-label={narrow ? place.label : undefined}
      aria-current={here ? 'page' : undefined}
      className={clsx(
        'relative flex h-8 items-center gap-2.5 rounded-control px-2.5 text-control',
        here
          ? 'bg-selected font-semibold text-ink before:absolute before:inset-y-1.5 before:-left-2 before:w-[3px] before:rounded-pill before:bg-accent'
          : 'text-ink-2 hover:bg-hover hover:text-ink',
      )}
    >
      <Icon name={place.icon} />
      {!narrow && place.label}
    </Link>
  );
  return narrow ? <Tip text={place.label}>{link}</Tip> : link;
}

/** The bar at the bottom of a phone and of a narrow window. */
export function BottomBar() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  // A phone has no bell in its header; the way to the alerts is this one.
  const waiting = useQuery(openAlertsQuery).data?.unacknowledged ?? 0;
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-10 flex justify-around border-t border-line bg-bg pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {places.slice(0, 4).map((place) => {
        const here = isHere(path, place.to);
        return (
          <Link
            key={place.to}
            to={place.to}
            search={(before: Search) => keepGlobal(before)}
            aria-current={here ? 'page' : undefined}
            className={clsx(
              'flex min-h-14 flex-1 flex-col items-center justify-center gap-0.5 text-micro focus-inside',
              here ? 'font-semibold text-accent' : 'text-ink-2',
            )}
          >
            <span className="relative">
              <Icon name={place.icon} className="size-5" />
              {place.to === '/alerts' && <WaitingCount count={waiting} />}
            </span>
            {place.label}
            {place.to === '/alerts' && waiting > 0 && <span className="sr-only">: {waiting} firing</span>}
          </Link>
        );
      })}
      <Popover
        label="More"
        role="menu"
        align="end"
        look="quiet"
        arrow={false}
        className="h-14! min-h-14 flex-1 flex-col gap-0.5! rounded-none text-micro! font-normal! focus-inside"
        face={
          <>
            <Icon name="more" className="size-5" />
            More
          </>
        }
      >
        {(close) => (
          <Menu
            close={close}
            items={[
              { label: 'Log search', icon: 'search', href: '/search' },
              { label: 'Settings', icon: 'settings', href: '/settings' },
              { label: 'Wall', icon: 'wall', href: '/wall' },
            ]}
          />
        )}
      </Popover>
    </nav>
  );
}
