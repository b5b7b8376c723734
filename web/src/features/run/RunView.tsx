/** What there is to know of a run, for the panel and the page alike. */

import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { RunDetails } from '~/api/types';
import { HistoryTab } from '~/features/run/HistoryTab';
import { JobsTab } from '~/features/run/JobsTab';
import { RawTab } from '~/features/run/RawTab';
import { RunFacts } from '~/features/run/RunFacts';
import { passedLater } from '~/features/run/useRun';
import { Waterfall } from '~/features/run/Waterfall';
import { WhatFailed } from '~/features/run/WhatFailed';
import { useKeys } from '~/lib/keys';
import { runName } from '~/lib/naming';
import { counted } from '~/lib/numbers';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { isFailure } from '~/lib/status';
import { Tabs, type Tab } from '~/ui/Tabs';

/** After this long the page has what it needs for itself. */
const idle = 300;

type TabKey = 'jobs' | 'waterfall' | 'raw' | 'history';

const keys: readonly TabKey[] = ['jobs', 'waterfall', 'raw', 'history'];

interface RunViewProps {
  details: RunDetails;
  newest: RunDetails | undefined;
  /** Whether there is the width of a page. */
  wide: boolean;
}

/** Facts, what failed, and four ways to look closer. */
export function RunView({ details, newest, wide }: RunViewProps) {
  const { run, jobs } = details;
  const { tab } = useSearchParams();
  const setSearch = useSetSearch();
  const value = keys.find((key) => key === tab) ?? (wide && tab === undefined ? 'waterfall' : 'jobs');
  const choose = (key: TabKey): void => {
    setSearch({ tab: key }, { replace: true });
  };
  const attempts = newest?.attempts ?? details.attempts;
  const step = (by: 1 | -1) => () => {
    const here = attempts.findIndex((one) => one.n === run.attempt);
    const next = attempts[here + by];
    if (next !== undefined) setSearch({ attempt: String(next.n) }, { replace: true });
  };
  useKeys({
    '1': () => { choose('jobs'); },
    '2': () => { choose('waterfall'); },
    '3': () => { choose('raw'); },
    '4': () => { choose('history'); },
    ',': step(-1),
    '.': step(1),
  });
  useLogPage();
  const failed = jobs.filter((job) => isFailure(job.status)).length;
  const tabs: Tab<TabKey>[] = [
    {
      key: 'jobs',
      label: 'Jobs',
      note: failed > 0 ? `${jobs.length}, ${failed} failed` : String(jobs.length),
    },
    { key: 'waterfall', label: 'Waterfall' },
    { key: 'raw', label: 'Raw JSON' },
    { key: 'history', label: 'History' },
  ];
  const passed = passedLater(details, newest);
  return (
    <>
      <RunFacts run={run} baseline={details.baseline} />
      {passed !== null && (
        <p className="mx-3 mb-2 rounded-control bg-warn-tint px-3 py-1.5 text-control text-warn-tint-on">
          ◆ Flaky: this attempt failed, and it passed on attempt {passed}.
        </p>
      )}
      <WhatFailed details={details} />
      <Tabs label={`Parts of ${runName(run.workflow, run.run_number)}`} tabs={tabs} value={value} onChange={choose}>
        {value === 'jobs' && <JobsTab details={details} />}
        {value === 'waterfall' && <Waterfall details={details} wide={wide} />}
        {value === 'raw' && <RawTab run={run} />}
        {value === 'history' && <HistoryTab run={run} baseline={details.baseline} />}
      </Tabs>
      <p className="sr-only">{counted(jobs.length, 'job')}</p>
    </>
  );
}

/** Fetch the file of the log's page while nobody waits: it is where most go from here. */
function useLogPage(): void {
  const router = useRouter();
  useEffect(() => {
    const begin = (): void => {
      const page = router.routesById['/runs/$runId/jobs/$jobId'];
      // Whoever goes there is told when the file cannot be had.
      if (page !== undefined) router.loadRouteChunk(page)?.catch(() => undefined);
    };
    const timer = setTimeout(begin, idle);
    return () => clearTimeout(timer);
  }, [router]);
}
