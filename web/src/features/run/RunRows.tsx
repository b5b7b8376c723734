/** Runs in a narrow list: status, number, commit, how long, when. */

import { Link } from '@tanstack/react-router';
import { clsx } from 'clsx';
import type { Run } from '~/api/types';
import { RunDuration } from '~/features/runs/RunRow';
import { runNumber } from '~/lib/naming';
import { appearanceOf, shownStatus } from '~/lib/status';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

/** Each row leads to its run; `here` is the one that is looked at. */
export function RunRows({ runs, here }: { runs: readonly Run[]; here: number }) {
  return (
    <ul aria-label="Runs of this workflow and branch" className="border-t border-line">
      {runs.map((run) => {
        const status = shownStatus(run.status, run.conclusion);
        return (
          <li key={run.id} className="border-b border-line">
            <Link
              to="/runs/$runId"
              params={{ runId: String(run.id) }}
              aria-current={run.id === here ? 'true' : undefined}
              className={clsx(
                'flex min-h-8 items-center gap-2 px-3 text-control focus-inside hover:bg-hover coarse:min-h-11',
                run.id === here && 'bg-selected font-semibold',
              )}
            >
              <StatusIcon status={status} label={appearanceOf(status).word} />
              <span className="w-20 max-sm:w-auto">{runNumber(run.run_number)}</span>
              <code className="text-caption">{run.head_sha?.slice(0, 7) ?? ''}</code>
              <span className="min-w-0 flex-1 truncate text-ink-2">{run.title ?? ''}</span>
              <span className="whitespace-nowrap">
                <RunDuration run={run} />
              </span>
              <Ago at={run.started_at} className="w-24 text-right whitespace-nowrap text-ink-2 max-sm:w-auto" />
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
