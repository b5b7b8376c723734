/** The jobs of a workflow in numbers: how often each passes, how long it takes and waits. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import type { Filter } from '~/api/filter';
import { workflowQuery } from '~/api/queries';
import type { WorkflowJob } from '~/api/types';
import { counted, percent } from '~/lib/numbers';
import { duration } from '~/lib/time';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { CsvLink } from '~/ui/CsvLink';
import { Ago } from '~/ui/Time';

const head = 'border-b border-line px-3 py-1.5 text-caption font-medium text-ink-2';

/** Those that fail most come first. */
export function WorkflowJobs({ id, filter }: { id: number; filter: Filter }) {
  const asked = useQuery(workflowQuery(id, filter));
  return (
    <Card
      title="Jobs"
      busy={asked.isFetching && !asked.isPending}
      actions={<CsvLink label="Export the jobs as CSV" path={`workflows/${id}/jobs`} params={filter} />}
    >
      <Answer what="the jobs" asked={asked} skeleton={<Bone className="mx-3 mb-3 h-32" />}>
        {(data) =>
          data.jobs.length === 0 ? (
            <Empty title="No jobs are known">The source tells of runs only.</Empty>
          ) : (
            <>
              <Jobs jobs={data.jobs} />
              <p className="px-3 py-2 text-caption text-ink-2">
                Over the last {counted(data.runs_considered, 'run')} of the window.
              </p>
            </>
          )
        }
      </Answer>
    </Card>
  );
}

function length(seconds: number | null): string {
  return seconds === null ? '–' : duration(seconds);
}

function Jobs({ jobs }: { jobs: readonly WorkflowJob[] }) {
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Table of jobs">
      <table className="w-full text-control whitespace-nowrap">
        <thead>
          <tr>
            <th scope="col" className={`${head} text-left`}>Job</th>
            <th scope="col" className={`${head} text-right`}>Success</th>
            <th scope="col" className={`${head} text-right`}>Failed</th>
            <th scope="col" className={`${head} text-right`}>p50</th>
            <th scope="col" className={`${head} text-right`}>p95</th>
            <th scope="col" className={`${head} text-right`}>Queue p95</th>
            <th scope="col" className={`${head} text-left`}>Last failure</th>
          </tr>
        </thead>
        <tbody>
          {jobs.map((job) => (
            <tr key={job.name} className="border-b border-line last:border-0 hover:bg-hover">
              <th scope="row" className="max-w-80 truncate px-3 py-1.5 text-left font-medium" title={job.name}>
                {job.name}
              </th>
              <td className="px-3 text-right">
                {job.success_rate === null ? '–' : percent(job.success_rate)}
              </td>
              <td className="px-3 text-right">{job.failure}</td>
              <td className="px-3 text-right">{length(job.p50_s)}</td>
              <td className="px-3 text-right">{length(job.p95_s)}</td>
              <td className="px-3 text-right">{length(job.queue_p95_s)}</td>
              <td className="px-3">
                {job.last_failure === null ? (
                  <span className="text-ink-2">none</span>
                ) : (
                  <Link
                    to="/runs/$runId"
                    params={{ runId: String(job.last_failure.run_id) }}
                    className="inline-flex min-h-6 items-center hover:underline"
                  >
                    {job.last_failure.at === null ? 'a run' : <Ago at={job.last_failure.at} />}
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
