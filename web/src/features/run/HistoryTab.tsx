/** The last runs of the same workflow on the same branch, with this one among them. */

import { useQuery } from '@tanstack/react-query';
import { recentRunsQuery } from '~/api/queries';
import type { Run, RunDetails } from '~/api/types';
import { Strip } from '~/features/overview/Strip';
import { RunRows } from '~/features/run/RunRows';
import { duration } from '~/lib/time';
import { Answer, Bone } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { Sparkline } from '~/ui/Sparkline';

const shown = 30;

interface HistoryTabProps {
  run: Run;
  baseline: RunDetails['baseline'];
}

/** A strip, a line of durations, and the runs. */
export function HistoryTab({ run, baseline }: HistoryTabProps) {
  const filter = {
    repo: run.repo,
    workflow: run.workflow,
    ...(run.branch === null ? {} : { branch: run.branch }),
    ...(run.demo ? { demo: 1 } : {}),
  };
  const asked = useQuery(recentRunsQuery(filter, shown));
  return (
    <div className="pt-3">
      <Answer what="the history" asked={asked} skeleton={<Bone className="mx-3 h-48" />}>
        {(page) => (
          <>
            <div className="px-3">
              <Strip
                label={`The last ${page.items.length} runs, oldest first`}
                cells={[...page.items].reverse().map((one) => ({
                  run_id: one.id,
                  run_number: one.run_number,
                  status: one.status,
                  conclusion: one.conclusion,
                  flaky: false,
                  at: one.started_at,
                  duration_s: one.duration_s,
                  sha: one.head_sha,
                }))}
                here={run.id}
              />
              {page.items.length > 1 && (
                <div className="mt-3 max-w-md">
                  <Sparkline
                    points={[...page.items]
                      .reverse()
                      .map((one) => ({ v: one.duration_s, complete: true }))}
                  />
                </div>
              )}
              <div className="mb-2 flex items-center gap-2">
                <p className="flex-1 text-caption text-ink-2">
                  {page.items.length === 1 && 'There is no other run of this workflow on this branch yet. '}
                  {baseline.p50_s !== null && baseline.p95_s !== null && (
                    <>
                      Duration: p50 {duration(baseline.p50_s)}, p95 {duration(baseline.p95_s)} over{' '}
                      {baseline.n} runs
                    </>
                  )}
                </p>
                <CsvLink label="Export the history as CSV" path="runs/export" params={filter} />
              </div>
            </div>
            <RunRows runs={page.items} here={run.id} />
          </>
        )}
      </Answer>
    </div>
  );
}
