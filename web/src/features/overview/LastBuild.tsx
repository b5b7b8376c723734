/** The newest run: its status in shape and word, and how long it has been going. */

import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { Kpi } from '~/api/types';
import { runName } from '~/lib/naming';
import type { Search } from '~/lib/search';
import { appearanceOf, isOpen, shownStatus } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { ago, duration, exactTime, stopwatch } from '~/lib/time';
import { KpiBones, kpiCardClass, KpiTitle } from '~/features/overview/KpiCard';
import { inkOf, StatusIcon } from '~/ui/StatusIcon';
import { useZone } from '~/ui/zone';

/** What the API tells of the newest run. */
interface Build {
  id: number;
  repo: string;
  workflow: string;
  run_number: number | null;
  branch: string | null;
  status: string;
  conclusion: string | null;
  started_at: string;
  finished_at: string | null;
  duration_seconds: number | null;
}

interface Extra {
  run?: Build | null;
  previous_status?: string | null;
}

/** A link that opens the run beside the page. */
export function LastBuild({ kpi, className }: { kpi: Kpi | undefined; className?: string }) {
  const { zone, hours } = useZone();
  const now = useNow(1);
  if (kpi === undefined) return <KpiBones className={className} />;
  const { run, previous_status: previous } = (kpi.extra ?? {}) as Extra;
  if (run == null) return <NoBuild className={className} />;
  const status = shownStatus(run.status, run.conclusion);
  const { word, family } = appearanceOf(status);
  const name = runName(run.workflow, run.run_number);
  const at = run.finished_at ?? run.started_at;
  const length = isOpen(run.status)
    ? `${stopwatch((now - Date.parse(run.started_at)) / 1000)} so far`
    : run.duration_seconds === null
      ? ''
      : `took ${duration(run.duration_seconds)}`;
  const before = previous == null ? '' : appearanceOf(shownStatus(previous)).word.toLowerCase();
  return (
    <Link
      to="."
      search={(search: Search) => ({ ...search, peek: String(run.id) })}
      className={clsx(kpiCardClass, className)}
    >
      <span className="sr-only">
        Last build: {word}, {name} of {run.repo} on {run.branch ?? 'no branch'}, {ago(at, now, zone)}
        {before !== '' && `; previous: ${before}`}
      </span>
      <span aria-hidden="true" className="contents">
      <KpiTitle>Last build</KpiTitle>
      <span className={clsx('flex items-center gap-2 text-kpi font-semibold tracking-tight', inkOf[family])}>
        <StatusIcon status={status} size={22} />
        <span className="truncate">{word}</span>
      </span>
      <span className="truncate text-caption text-ink-2">
        {ago(at, now, zone)} · {exactTime(at, zone, hours)}
      </span>
      <span className="truncate text-control">{length}</span>
      {before !== '' && <span className="truncate text-control">previous: {before}</span>}
      <span className="truncate text-caption text-ink-2">
        <span className="text-ink">{name}</span>
        {run.branch !== null && ` on ${run.branch}`}
      </span>
      </span>
    </Link>
  );
}

function NoBuild({ className }: { className?: string | undefined }) {
  return (
    <div className={clsx(kpiCardClass, className)}>
      <span className="text-caption font-medium text-ink-2">Last build</span>
      <span className="text-kpi font-semibold text-ink-2">–</span>
      <span className="text-caption text-ink-2">no run matches</span>
    </div>
  );
}
