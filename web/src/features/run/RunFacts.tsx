/** The lines under a run's title: where, what, who, when, how long against what is usual. */

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Run, RunDetails } from '~/api/types';
import { workflowLink } from '~/features/workflow/link';
import { isOpen } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { duration, exactTime, since, stopwatch } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { useZone } from '~/ui/zone';

interface RunFactsProps {
  run: Run;
  /** What is usual, once it is known. */
  baseline?: RunDetails['baseline'];
}

/** A list of facts that wraps. */
export function RunFacts({ run, baseline }: RunFactsProps) {
  const commit = run.head_commit;
  return (
    <div className="flex flex-col gap-1.5 px-3 pb-3 text-control">
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Fact>
          <Link {...workflowLink(run.repo, run.workflow)} className="hover:underline">
            {run.repo}
          </Link>
        </Fact>
        <Fact>
          <Icon name="branch" className="size-3.5 text-ink-3" />
          <code className="max-w-64 truncate text-caption" title={run.branch ?? ''}>
            {run.branch ?? 'no branch'}
          </code>
          {run.pr !== null && (
            <a href={run.pr.url ?? undefined} rel="noopener" className="underline">
              #{run.pr.number}
            </a>
          )}
        </Fact>
        {run.head_sha !== null && (
          <Fact>
            <Icon name="commit" className="size-3.5 text-ink-3" />
            <a href={commit?.url ?? undefined} rel="noopener" className="hover:underline">
              <code className="text-caption">{run.head_sha.slice(0, 7)}</code>
            </a>
          </Fact>
        )}
        <Fact>
          <Icon name="person" className="size-3.5 text-ink-3" />
          {run.actor ?? 'nobody'}
          {run.event !== null && <span className="text-ink-2">by {run.event.replaceAll('_', ' ')}</span>}
        </Fact>
      </p>
      {(run.title ?? commit?.title) != null && (
        <p className="truncate text-ink-2" title={run.title ?? commit?.title ?? ''}>
          {run.title ?? commit?.title}
        </p>
      )}
      <p className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <When run={run} usual={baseline?.p50_s ?? null} />
      </p>
    </div>
  );
}

function Fact({ children }: { children: ReactNode }) {
  return <span className="inline-flex min-h-6 min-w-0 items-center gap-1.5">{children}</span>;
}

function When({ run, usual }: { run: Run; usual: number | null }) {
  const { zone, hours } = useZone();
  const now = useNow(1);
  const open = isOpen(run.status);
  const queued = run.status === 'queued';
  return (
    <>
      <Fact>
        <span className="text-ink-2">{queued ? 'Queued' : 'Started'}</span>
        <time dateTime={run.started_at}>
          {since(run.started_at, zone, now, hours).replace(/\d\d:\d\d.*$/, '')}
          {exactTime(run.started_at, zone, hours)}
        </time>
      </Fact>
      <Fact>
        <span className="text-ink-2">{queued ? 'Waiting for' : open ? 'Running for' : 'Took'}</span>
        <span className="font-semibold">
          {open
            ? stopwatch((now - Date.parse(run.started_at)) / 1000)
            : run.duration_s === null
              ? 'unknown'
              : duration(run.duration_s)}
        </span>
        {usual !== null && !queued && (
          <span className="text-ink-2">
            usually {duration(usual)}
            {!open && run.duration_s !== null && against(run.duration_s, usual)}
          </span>
        )}
      </Fact>
      {run.queue_s !== null && (
        <Fact>
          <span className="text-ink-2">Waited</span>
          {duration(run.queue_s)}
        </Fact>
      )}
    </>
  );
}

/** `, 29 % longer`: nothing within 5 percent, where the difference says nothing. */
function against(took: number, usual: number): string {
  if (usual <= 0) return '';
  const change = Math.round((took / usual - 1) * 100);
  if (Math.abs(change) < 5) return '';
  return `, ${Math.abs(change)} % ${change > 0 ? 'longer' : 'shorter'}`;
}
