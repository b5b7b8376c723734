/** Runs on a phone: each a card that is one link. */

import { Link } from '@tanstack/react-router';
import type { Run } from '~/api/types';
import { RunDuration } from '~/features/runs/RunRow';
import { runNumber } from '~/lib/naming';
import { shownStatus } from '~/lib/status';
import { StatusPill } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

/** A list of cards. */
export function RunCards({ runs, label }: { runs: readonly Run[]; label: string }) {
  return (
    <ul aria-label={label} className="flex flex-col">
      {runs.map((run) => (
        <li key={run.id} className="border-b border-line last:border-0">
          <Link
            to="/runs/$runId"
            params={{ runId: String(run.id) }}
            className="flex flex-col gap-1 px-3 py-2.5 focus-inside active:bg-hover"
          >
            <span className="flex items-center gap-2">
              <StatusPill status={shownStatus(run.status, run.conclusion)} flaky={run.flaky === true} />
              <span className="min-w-0 flex-1 truncate font-medium">
                {run.workflow} <span className="font-normal text-ink-2">{runNumber(run.run_number)}</span>
              </span>
              <span className="shrink-0 text-control">
                <RunDuration run={run} />
              </span>
            </span>
            <span className="flex min-w-0 items-center gap-1.5 text-caption text-ink-2">
              <span className="truncate">{run.repo}</span>·
              <code className="min-w-0 flex-1 truncate">{run.branch ?? '–'}</code>
              {run.actor !== null && <span className="max-w-1/4 truncate">{run.actor}</span>}
              <span className="shrink-0">
                {run.actor !== null && '· '}
                <Ago at={run.started_at} />
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
