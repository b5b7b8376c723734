/** One-line bars under the header: no network, demo data, a new version, a link's time zone. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, type ReactNode } from 'react';
import { boot } from '~/api/boot';
import { metaQuery } from '~/api/queries';
import { useDemo } from '~/features/welcome/demo';
import { roundPercent } from '~/lib/numbers';
import { usePreferences } from '~/lib/preferences';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { useLive } from '~/features/live/connection';
import { useOffline } from '~/features/live/useOffline';

/** Everything that holds for the whole screen. */
export function Bars() {
  return (
    <aside aria-label="Notices">
      <Offline />
      <NewVersion />
      <ForeignZone />
      <DemoBand />
    </aside>
  );
}

function Bar({ className, children }: { className: string; children: ReactNode }) {
  return (
    <div
      className={`flex min-h-7 flex-wrap items-center justify-center gap-x-3 border-b border-line px-3 py-0.5 text-caption ${className}`}
    >
      {children}
    </div>
  );
}

interface BarButtonProps {
  onClick: () => void;
  disabled?: boolean;
  children: ReactNode;
}

function BarButton({ onClick, disabled = false, children }: BarButtonProps) {
  return (
    <button
      type="button"
      className="min-h-6 font-semibold underline"
      disabled={disabled}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

function Offline() {
  const offline = useOffline();
  if (!offline) return null;
  return (
    <Bar className="bg-warn-tint text-warn-tint-on">
      This computer is offline. What you see is from before; it goes on by itself.
    </Bar>
  );
}

function NewVersion() {
  const { version } = useLive();
  const [first, setFirst] = useState(boot.meta?.version ?? null);
  if (first === null && version !== null) setFirst(version);
  if (first === null || version === null || version === first) return null;
  return (
    <Bar className="bg-run-tint text-run-tint-on">
      A new version is ready.
      <BarButton
        onClick={() => {
          window.location.reload();
        }}
      >
        Reload
      </BarButton>
    </Bar>
  );
}

function ForeignZone() {
  const { tz } = useSearchParams();
  const setSearch = useSetSearch();
  const { zone } = usePreferences();
  const own = zone === 'browser' ? Intl.DateTimeFormat().resolvedOptions().timeZone : zone;
  if (tz === undefined || tz === own) return null;
  return (
    <Bar className="bg-surface text-ink-2">
      <span>Times in {tz.replaceAll('_', ' ')} (from the link)</span>
      <BarButton
        onClick={() => {
          setSearch({ tz: undefined }, { replace: true });
        }}
      >
        Use mine
      </BarButton>
    </Bar>
  );
}

function DemoBand() {
  const { data: meta } = useQuery(metaQuery);
  if (meta === undefined || meta.demo_state === 'none') return null;
  return (
    <Bar className="bg-run-tint text-run-tint-on">
      {meta.demo_state === 'loading' && (meta.demo || !meta.has_data) ? (
        <Loading />
      ) : meta.demo ? (
        <>
          <span>
            Demo data<span className="max-sm:hidden"> — these are not your pipelines</span>.
          </span>
          <a href="/welcome" className="inline-flex min-h-6 items-center font-semibold underline">
            Connect your own
          </a>
        </>
      ) : (
        <span>Real runs are arriving, and the demo data has stepped aside.</span>
      )}
      <RemoveDemo />
    </Bar>
  );
}

function Loading() {
  const { demo } = useDemo();
  const client = useQueryClient();
  const isOver = demo !== undefined && demo.state !== 'loading';
  useEffect(() => {
    if (isOver) void client.invalidateQueries();
  }, [isOver, client]);
  return (
    <span>
      Demo data is being loaded: {roundPercent(demo?.share ?? 0)}
      <span className="max-sm:hidden"> — these are not your pipelines</span>.
    </span>
  );
}

function RemoveDemo() {
  const { busy, problem, remove } = useDemo();
  if (problem !== null) return <span role="alert">{problem.message}</span>;
  return (
    <BarButton disabled={busy} onClick={remove}>
      Remove<span className="max-sm:sr-only"> demo data</span>
    </BarButton>
  );
}
