/** The jobs of a run: failed first, then running, then the rest; each opens to its steps. */

import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Job, Run, RunDetails, Step } from '~/api/types';
import { inOrder } from '~/features/run/order';
import { appearanceOf, isFailure, isOpen, shownStatus } from '~/lib/status';
import { useNow } from '~/lib/ticker';
import { duration, stopwatch } from '~/lib/time';
import { buttonClass } from '~/ui/Button';
import { Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { inkOf, StatusIcon } from '~/ui/StatusIcon';

/** The list. */
export function JobsTab({ details }: { details: RunDetails }) {
  const { run, jobs } = details;
  if (jobs.length === 0) return <NoJobs run={run} />;
  return (
    <ul aria-label="Jobs" className="flex flex-col">
      {inOrder(jobs).map((job) => (
        <JobItem key={job.id} job={job} attempt={run.attempt} />
      ))}
    </ul>
  );
}

/** Why there are no jobs, and what would bring them. */
export function NoJobs({ run }: { run: Run }) {
  const waits = isOpen(run.status);
  return (
    <div className="pt-3">
      <Empty title={waits ? 'Waiting for job events' : 'No jobs are known'}>
        {waits
          ? 'They appear here as soon as the first one is heard of.'
          : 'The source told of the run only. A webhook with “Workflow jobs”, or polling, brings jobs and steps.'}
      </Empty>
    </div>
  );
}

function JobItem({ job, attempt }: { job: Job; attempt: number }) {
  const [open, setOpen] = useState(isFailure(job.status));
  const status = shownStatus(job.status, job.conclusion);
  const label = job.runner.labels.join(', ');
  return (
    <li className="border-b border-line last:border-0">
      <div className="flex min-h-11 items-center gap-2 px-3 py-1">
        <button
          type="button"
          aria-expanded={open}
          aria-label={`Steps of ${job.name}`}
          disabled={job.steps.length === 0}
          className="grid size-6 shrink-0 place-items-center rounded-small hover:bg-hover disabled:invisible coarse:size-11"
          onClick={() => {
            setOpen(!open);
          }}
        >
          <Icon name={open ? 'down' : 'right'} className="size-3.5 text-ink-3" />
        </button>
        <StatusIcon status={status} />
        <span className="min-w-0 flex-1">
          <span className="block font-medium break-words sm:truncate" title={job.name}>
            {job.name}
          </span>
          <span className="flex flex-wrap gap-x-2 text-caption text-ink-2">
            <span className={inkOf[appearanceOf(status).family]}>{appearanceOf(status).word}</span>
            {job.attempt !== attempt && <span>from attempt {job.attempt}</span>}
            <Waited job={job} />
            {label !== '' && <span>{label}</span>}
          </span>
        </span>
        <span className="text-control">
          <JobDuration job={job} />
        </span>
        <JobLinks job={job} />
      </div>
      {open && job.steps.length > 0 && <Steps steps={job.steps} />}
    </li>
  );
}

function Waited({ job }: { job: Job }) {
  if (job.has_clock_skew) return <span>⚠ runner clock differs</span>;
  if (job.queue_s === null || job.queue_s < 1) return null;
  return <span>waited {duration(job.queue_s)}</span>;
}

function JobDuration({ job }: { job: Job }) {
  const now = useNow(1);
  if (job.status === 'running' && job.started_at !== null) {
    return (
      <span className="text-run">{stopwatch((now - Date.parse(job.started_at)) / 1000)}</span>
    );
  }
  if (job.duration_s === null) return null;
  return duration(job.duration_s);
}

function JobLinks({ job }: { job: Job }) {
  return (
    <span className="flex items-center">
      <Link
        to="/runs/$runId/jobs/$jobId"
        params={{ runId: String(job.run_id), jobId: String(job.id) }}
        className={buttonClass('quiet', 'px-1.5!')}
        aria-label={`Log of ${job.name}`}
      >
        Log
      </Link>
      {job.html_url !== null && (
        <a
          href={job.html_url}
          target="_blank"
          rel="noopener noreferrer"
          className={buttonClass('quiet', 'px-1.5!')}
          aria-label={`${job.name} at its provider (opens in a new tab)`}
        >
          <Icon name="external" className="size-3.5" />
        </a>
      )}
    </span>
  );
}

/** The steps of a job, in their own order. */
export function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol aria-label="Steps" className="pb-2 pl-11">
      {steps.map((step) => {
        const status = shownStatus(step.status, step.conclusion);
        return (
          <li key={step.number} className="flex min-h-6 items-center gap-2 pr-3 text-control">
            <StatusIcon status={status} size={12} />
            <span className="w-5 text-right text-caption text-ink-2">{step.number}</span>
            <span className="min-w-0 flex-1 truncate" title={step.name}>
              {step.name}
            </span>
            <span className="sr-only">{appearanceOf(status).word}</span>
            <span className="text-caption text-ink-2">
              {step.duration_s === null || status === 'skipped' ? '' : duration(step.duration_s)}
            </span>
          </li>
        );
      })}
    </ol>
  );
}
