/** One run as a row of a table. */

import { clsx } from 'clsx';
import { memo, type ReactNode } from 'react';
import type { Run } from '~/api/types';
import type { Column } from '~/features/runs/columns';
import { runName, runNumber } from '~/lib/naming';
import { isOpen, shownStatus } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { duration, stopwatch } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { StatusPill } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

interface RunRowProps {
  run: Run;
  columns: readonly Column[];
  index: number;
  /** The run that is open beside the table. */
  peeked: boolean;
  marked: boolean;
  /** Whether Tab comes to this row. */
  stop: boolean;
  fresh: boolean;
}

/** Drawn anew only when its run, or its part in the selection, has changed. */
export const RunRow = memo(function RunRow(props: RunRowProps) {
  const { run, index, peeked, marked, stop } = props;
  return (
    <tr
      data-run={run.id}
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={peeked || marked}
      tabIndex={stop ? 0 : -1}
      className={clsx(
        'run-row border-b border-line focus-inside',
        peeked || marked ? 'bg-selected' : 'hover:bg-hover',
        props.fresh && 'fresh',
      )}
    >
      {props.columns.map((column) => (
        <td
          key={column.key}
          className={clsx(
            'overflow-hidden px-2 whitespace-nowrap first:pl-3 last:pr-3',
            // Links that just fit would end in dots for the sake of their unseen words.
            column.key === 'actions' ? 'text-clip' : 'text-ellipsis',
            column.right === true && 'text-right',
            column.leaves,
            column.key === 'status' &&
              (peeked || marked) &&
              'shadow-[inset_3px_0_0_var(--accent)]',
          )}
        >
          {cells[column.key]?.(run)}
        </td>
      ))}
    </tr>
  );
});

const cells: Readonly<Record<string, (run: Run) => ReactNode>> = {
  status: (run) => <StatusPill status={shownStatus(run.status, run.conclusion)} flaky={run.flaky === true} />,
  time: (run) => <Ago at={run.started_at} className="text-ink-2" />,
  workflow: (run) => <WorkflowCell run={run} />,
  repo: (run) => <span title={run.repo}>{run.repo}</span>,
  branch: (run) => <BranchCell run={run} />,
  commit: (run) => <CommitCell run={run} />,
  duration: (run) => <RunDuration run={run} />,
  queue: (run) => (run.queue_s === null ? '–' : duration(run.queue_s)),
  attempt: (run) => run.attempt,
  actor: (run) => <ActorCell run={run} />,
  actions: (run) => <RunActions run={run} />,
};

function WorkflowCell({ run }: { run: Run }) {
  return (
    <>
      {/* Hundreds of the router's own links would all be worked out anew at every step; the table
          takes the clicks of these. */}
      <a
        href={`/runs/${run.id}`}
        className="inline-flex min-h-6 max-w-full items-center gap-1.5 align-middle font-medium hover:underline"
        title={runName(run.workflow, run.run_number)}
        data-row-link="run"
        tabIndex={-1}
      >
        <span className="truncate">{run.workflow}</span>
        <span className="shrink-0 font-normal text-ink-2">{runNumber(run.run_number)}</span>
      </a>
      <span className="same-line ml-2 text-caption text-ink-2" title={run.title ?? ''}>
        {run.title ?? ''}
      </span>
      <span className="second-line truncate text-caption text-ink-2" title={run.title ?? ''}>
        {run.title ?? ''}
      </span>
    </>
  );
}

function BranchCell({ run }: { run: Run }) {
  return (
    <span className="inline-flex max-w-full items-center gap-1.5 align-middle">
      <code className="truncate text-caption" title={run.branch ?? ''}>
        {run.branch ?? '–'}
      </code>
      {run.pr !== null && (
        <span className="shrink-0 text-caption text-ink-2">
          {run.pr.url === null ? (
            `#${run.pr.number}`
          ) : (
            <a href={run.pr.url} rel="noopener" className="inline-flex min-h-6 items-center underline" tabIndex={-1}>
              #{run.pr.number}
            </a>
          )}
        </span>
      )}
    </span>
  );
}

function CommitCell({ run }: { run: Run }) {
  if (run.head_sha === null) return '–';
  const short = <code className="text-caption">{run.head_sha.slice(0, 7)}</code>;
  const { url, title, author } = run.head_commit ?? {};
  const about = [author?.name, title].filter((part) => part != null).join(': ');
  if (url == null) return <span title={about}>{short}</span>;
  return (
    <a href={url} rel="noopener" title={about} className="inline-flex min-h-6 items-center hover:underline" tabIndex={-1}>
      {short}
    </a>
  );
}

function ActorCell({ run }: { run: Run }) {
  return (
    <span title={`${run.actor ?? 'nobody'} · ${run.event ?? 'unknown event'}`}>
      {run.actor ?? '–'}
      {run.event !== null && <span className="text-ink-2"> · {run.event.replaceAll('_', ' ')}</span>}
    </span>
  );
}

/** How long it took, or how long it has been going. */
export function RunDuration({ run }: { run: Run }) {
  if (isOpen(run.status)) return <Elapsed since={run.started_at} waiting={run.status === 'queued'} />;
  return run.duration_s === null ? '–' : duration(run.duration_s);
}

function Elapsed({ since, waiting }: { since: string; waiting: boolean }) {
  const now = useNow(1);
  const seconds = (now - Date.parse(since)) / 1000;
  return <span className="text-run">{waiting ? 'waiting' : stopwatch(seconds)}</span>;
}

/** Raw data beside the list, and the provider's page from which it can be run again. */
function RunActions({ run }: { run: Run }) {
  const quiet =
    'inline-flex h-6 items-center gap-1 rounded-small px-1.5 text-caption text-ink-2 hover:bg-bg hover:text-ink coarse:min-h-11';
  return (
    <span className="-ml-1.5 inline-flex items-center gap-1 align-middle">
      <a
        href={`/runs/${run.id}?tab=raw`}
        aria-label="View raw"
        className={quiet}
        data-row-link="raw"
        tabIndex={-1}
      >
        Raw
      </a>
      {run.rerun_url !== null && (
        <a
          href={run.rerun_url}
          target="_blank"
          rel="noopener noreferrer"
          className={quiet}
          title="Opens the run at its provider, where it can be run again"
          tabIndex={-1}
        >
          Re-run
          <Icon name="external" className="size-3" />
          <span className="sr-only">(opens in a new tab)</span>
        </a>
      )}
    </span>
  );
}
