/** What stands around every page: header, navigation, filters, messages. */

import { Outlet, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, type ReactNode } from 'react';
import { metaQuery } from '~/api/queries';
import { FilterBar } from '~/features/filters/FilterBar';
import { DroppedParameters } from '~/features/shell/DroppedParameters';
import { Header } from '~/features/shell/Header';
import { Bars } from '~/features/shell/Bars';
import { BottomBar, Rail } from '~/features/shell/Navigation';
import { Toasts } from '~/features/shell/Toasts';
import { useGlobalKeys } from '~/features/shell/useGlobalKeys';
import { usePreferences } from '~/lib/preferences';
import { useSearchParams } from '~/lib/router';
import { alignClock } from '~/lib/ticker';
import { latePart } from '~/ui/latePart';
import { Part } from '~/ui/Part';
import { ZoneContext, type Zone } from '~/ui/zone';

const runPanel = latePart(() => import('~/features/run/RunPanel'));

const pagesWithoutFilters = /^\/((settings|welcome|alerts|login)(\/|$)|runs\/)/;

/** The frame of the application. */
export function Shell() {
  return (
    <InZone>
      <Frame />
    </InZone>
  );
}

function InZone({ children }: { children: ReactNode }) {
  const { zone, hours } = usePreferences();
  const { data: meta } = useQuery(metaQuery);
  const { tz } = useSearchParams();
  const value = useMemo<Zone>(() => {
    const browser = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
    const chosen = zone === 'browser' ? browser : zone === 'instance' ? meta?.default_tz : zone;
    return { zone: tz ?? chosen ?? 'UTC', hours };
  }, [zone, hours, tz, meta?.default_tz]);
  return <ZoneContext value={value}>{children}</ZoneContext>;
}

function Frame() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const { data: meta } = useQuery(metaQuery);
  const { peek } = useSearchParams();
  useGlobalKeys();
  useEffect(() => {
    if (meta !== undefined) alignClock(meta.server_time);
  }, [meta]);
  // Nearly every page opens runs beside itself, and the first one should open as fast as the next.
  useEffect(() => runPanel.fetchWhenQuiet(), []);
  return (
    <>
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      {!pagesWithoutFilters.test(path) && (
        <a href="#filters" className="skip-link">
          Skip to filters
        </a>
      )}
      <Header />
      <div className="flex items-start">
        <Rail />
        <div className="min-w-0 flex-1">
          <Bars />
          {!pagesWithoutFilters.test(path) && <FilterBar />}
          <Outlet />
        </div>
        {peek !== undefined && (
          <Part what="The run">
            <runPanel.Part id={peek} />
          </Part>
        )}
      </div>
      <BottomBar />
      <Toasts />
      <DroppedParameters />
      <div id="live" aria-live="polite" className="sr-only" />
    </>
  );
}
