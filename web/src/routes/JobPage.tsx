/** One job of a run: its log, or why there is none, and its steps. */

import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { askForLog } from '~/api/logs';
import { logQuery, runQuery } from '~/api/queries';
import type { Job, LogMeta } from '~/api/types';
import { onTopic } from '~/features/live/topics';
import { LogView, type Place } from '~/features/logs/LogView';
import { Steps } from '~/features/run/JobsTab';
import { RunMissing } from '~/features/run/RunMissing';
import { Page } from '~/features/shell/Page';
import { runName } from '~/lib/naming';
import type { Search } from '~/lib/search';
import { shownStatus } from '~/lib/status';
import { duration } from '~/lib/time';
import { Button, buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { StatusPill } from '~/ui/StatusIcon';

/** Opens the log at the line that matters. */
export function JobPage() {
  const { runId = '', jobId = '' }: { runId?: string; jobId?: string } = useParams({ strict: false });
  const asked = useQuery(runQuery(runId));
  const log = useQuery(logQuery(jobId));
  const job = asked.data?.jobs.find((one) => String(one.id) === jobId);
  const run = asked.data?.run;
  const name = job?.name ?? log.data?.name ?? 'Job';
  useOwnRun(jobId, run?.id, log.data?.run_id);
  return (
    <Page title={[name, run === undefined ? '' : runName(run.workflow, run.run_number)]}>
      <Card label={name}>
        <div className="flex flex-wrap items-center gap-2 p-3">
          <Link to="/runs/$runId" params={{ runId }} className={buttonClass('quiet', '-ml-1 px-1.5!')}>
            <Icon name="left" />
            {run === undefined ? 'Run' : runName(run.workflow, run.run_number)}
          </Link>
          {job !== undefined && <StatusPill status={shownStatus(job.status, job.conclusion)} />}
          <h1 tabIndex={-1} className="min-w-0 text-title font-semibold break-words">
            {name}
          </h1>
          {job !== undefined && <Facts job={job} />}
        </div>
        {asked.data === undefined && asked.error !== null && (
          <RunMissing error={asked.error} retry={() => void asked.refetch()} />
        )}
        {asked.error === null && (
          <Answer what="the log" asked={log} skeleton={<Bone className="m-3 h-64" />}>
            {(meta) => (
              <>
                {meta.state === 'stored' ? (
                  <StoredLog key={meta.job_id} meta={meta} page={job?.html_url ?? null} refetch={log.refetch} />
                ) : (
                  <NoLog meta={meta} job={job} refetch={log.refetch} />
                )}
                {meta.state !== 'stored' && job !== undefined && <Steps steps={job.steps} />}
              </>
            )}
          </Answer>
        )}
      </Card>
    </Page>
  );
}

/** A job is shown under the run it belongs to: an address that mixes two runs goes on to the right one. */
function useOwnRun(jobId: string, shown: number | undefined, owner: number | undefined): void {
  const navigate = useNavigate();
  useEffect(() => {
    if (shown === undefined || owner === undefined || shown === owner) return;
    void navigate({
      to: '/runs/$runId/jobs/$jobId',
      params: { runId: String(owner), jobId },
      search: (before: Search) => before,
      hash: true,
      replace: true,
    });
  }, [navigate, jobId, shown, owner]);
}

function Facts({ job }: { job: Job }) {
  const facts = [
    job.attempt > 1 ? `attempt ${job.attempt}` : '',
    job.duration_s == null ? '' : duration(job.duration_s),
    job.runner.name ?? '',
  ];
  return <span className="text-control text-ink-2">{facts.filter((fact) => fact !== '').join(' · ')}</span>;
}

interface StoredLogProps {
  meta: LogMeta;
  page: string | null;
  refetch: () => Promise<unknown>;
}

/** Begins anew with another text; more lines of the same one come into the view that is there. */
function StoredLog({ meta, page, refetch }: StoredLogProps) {
  const [begun, setBegun] = useState<{ turn: number; place: Place | null }>({ turn: 0, place: null });
  const onReplaced = (place: Place): void => {
    void refetch().then(() => setBegun(({ turn }) => ({ turn: turn + 1, place })));
  };
  return <LogView key={begun.turn} meta={meta} page={page} place={begun.place} onReplaced={onReplaced} />;
}

const canBeFetched = new Set(['none', 'failed', 'missing', 'refused']);

function NoLog({ meta, job, refetch }: { meta: LogMeta; job: Job | undefined; refetch: () => Promise<unknown> }) {
  useEffect(() => {
    const look = (): void => void refetch();
    const leave = onTopic(`log:${meta.job_id}`, { hear: look, missed: look });
    // It may have come between the question for it and now.
    look();
    return leave;
  }, [meta.job_id, refetch]);
  const fetching = useMutation({ mutationFn: () => askForLog(meta.job_id), onSuccess: () => refetch() });
  const canFetch = meta.complete && meta.fetchable && canBeFetched.has(meta.state);
  return (
    <Empty
      title="There is no log of this job"
      actions={
        <>
          {canFetch && (
            <Button look="strong" disabled={fetching.isPending} onClick={() => fetching.mutate()}>
              Fetch now
            </Button>
          )}
          {meta.state === 'waiting' && (
            <Button icon="refresh" onClick={() => void refetch()}>
              Look again
            </Button>
          )}
          {job?.html_url != null && (
            <a href={job.html_url} target="_blank" rel="noopener noreferrer" className={buttonClass('plain')}>
              Log at the provider
              <Icon name="external" className="size-3.5" />
              <span className="sr-only">(opens in a new tab)</span>
            </a>
          )}
        </>
      }
    >
      {sentence(meta.reason ?? 'nothing is known of it')}
    </Empty>
  );
}

function sentence(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}.`;
}
