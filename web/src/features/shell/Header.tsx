/** The header: what this is, whether it is live, and the controls of the whole screen. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { metaQuery } from '~/api/queries';
import { LiveChip } from '~/features/live/LiveChip';
import { AlertsBell } from '~/features/shell/AlertsBell';
import { PaletteButton } from '~/features/shell/PaletteButton';
import { RefreshButton } from '~/features/shell/RefreshButton';
import { ThemeMenu } from '~/features/shell/ThemeMenu';
import { UserMenu } from '~/features/shell/UserMenu';
import { ZonePicker } from '~/features/shell/ZonePicker';
import { keepGlobal, type Search } from '~/lib/search';
import { DemoBadge } from '~/ui/DemoBadge';

/** The bar at the top of every page. */
export function Header() {
  const { data: meta } = useQuery(metaQuery);
  return (
    <header className="sticky top-0 z-20 flex h-12 items-center gap-2 border-b border-line bg-bg px-3 sm:px-4">
      <Link
        to="/"
        search={(before: Search) => keepGlobal(before)}
        className="flex min-h-6 min-w-0 items-center gap-2 text-section font-semibold"
      >
        <Logo />
        <span className="truncate">{meta?.app_title ?? 'Pulseboard'}</span>
      </Link>
      {meta !== undefined && <EnvironmentBadge environment={meta.environment} />}
      {meta?.demo === true && <DemoBadge />}
      <div className="ml-auto flex items-center gap-1.5">
        <PaletteButton />
        <LiveChip />
        <RefreshButton />
        <div className="hidden items-center gap-1.5 lg:flex">
          <ZonePicker />
          <ThemeMenu />
        </div>
        <AlertsBell />
        <UserMenu />
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true" className="size-6 shrink-0">
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <path
        d="M3.8 12.8h3.7l2.3-6 3.8 11.2 2.2-7.5 1.1 2.3h3.3"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="2"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

const badges: Readonly<Record<string, string>> = {
  dev: 'border-dashed border-warn bg-warn-tint text-warn-tint-on',
  staging: 'border-action bg-action-tint text-action-tint-on',
  prod: 'border-line-strong bg-bg text-ink-2',
};

/** DEV, STAGING or PROD: by word, colour and line. */
export function EnvironmentBadge({ environment }: { environment: string }) {
  return (
    <span
      className={clsx(
        'rounded-small border px-1.5 text-micro leading-[18px] font-semibold tracking-wide uppercase',
        badges[environment] ?? badges.prod,
      )}
    >
      <span className="sr-only">Environment: </span>
      {environment}
    </span>
  );
}
