/** The first thing one wants to know of a failed run: which job, at which step, since when. */

import { Link } from '@tanstack/react-router';
import type { Job, RunDetails } from '~/api/types';
import { count, counted } from '~/lib/numbers';
import { keepGlobal, type Search } from '~/lib/search';
import { appearanceOf, isFailure, shownStatus } from '~/lib/status';
import { StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';

const mostListed = 3;

/** Nothing for a run that did not fail. */
export function WhatFailed({ details }: { details: RunDetails }) {
  const { run, jobs, last_green: green } = details;
  const failed = jobs.filter((job) => isFailure(job.status));
  if (!isFailure(run.status) && failed.length === 0) return null;
  return (
    <section
      aria-label="What failed"
      className="mx-3 mb-3 rounded-card border border-fail/50 bg-fail-tint p-3 text-control [--mark:var(--fail-tint)]"
    >
      <h2 className="mb-1.5 font-semibold text-fail-tint-on">What failed</h2>
      {failed.length === 0 && (
        <p>
          {jobs.length === 0
            ? 'No job has been heard of: the run may not have started any.'
            : 'No job failed; the run itself did.'}
        </p>
      )}
      <ul className="flex flex-col gap-1">
        {failed.slice(0, mostListed).map((job) => (
          <Failed key={job.id} job={job} />
        ))}
      </ul>
      {failed.length > mostListed && (
        <p className="mt-1 text-ink-2">and {counted(failed.length - mostListed, 'more job')}</p>
      )}
      <p className="mt-2 border-t border-fail/30 pt-2">
        {green === null ? (
          'It has never been green as far as is known.'
        ) : (
          <>
            Last green:{' '}
            <Link
              to="/runs/$runId"
              params={{ runId: String(green.run_id) }}
              className="underline"
              search={(before: Search) => keepGlobal(before)}
            >
              {green.commit === null ? 'an earlier run' : <code>{green.commit.sha.slice(0, 7)}</code>}
            </Link>
            {green.finished_at !== null && (
              <>
                , <Ago at={green.finished_at} />
              </>
            )}
            {green.commits_since > 0 && `, ${counted(green.commits_since, 'commit')} before this`}
          </>
        )}
      </p>
    </section>
  );
}

function Failed({ job }: { job: Job }) {
  const step = job.steps.find((one) => isFailure(one.status));
  const status = shownStatus(job.status, job.conclusion);
  return (
    <li className="flex items-start gap-2">
      <StatusIcon status={status} className="mt-[3px] text-fail" />
      <span className="min-w-0 flex-1">
        <Link
          to="/runs/$runId/jobs/$jobId"
          params={{ runId: String(job.run_id), jobId: String(job.id) }}
          className="font-medium break-words hover:underline"
        >
          {job.name}
        </Link>
        <span className="block text-ink-2">
          {step === undefined
            ? `${appearanceOf(status).word}; no step is known to have failed`
            : `step ${step.number}: ${step.name}`}
        </span>
        {job.first_error != null && (
          <Link
            to="/runs/$runId/jobs/$jobId"
            params={{ runId: String(job.run_id), jobId: String(job.id) }}
            hash={`L${job.first_error.line}`}
            className="mt-0.5 flex items-baseline gap-3 hover:underline"
          >
            <code className="min-w-0 flex-1 truncate" title={job.first_error.text}>
              {job.first_error.text}
            </code>
            <span className="shrink-0 text-caption text-ink-2">line {count(job.first_error.line)}</span>
          </Link>
        )}
      </span>
    </li>
  );
}
