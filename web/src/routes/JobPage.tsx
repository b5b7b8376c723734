/** One job of a run: its steps, and the place where its log will be. */

import { Link, useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { runQuery } from '~/api/queries';
import { Steps } from '~/features/run/JobsTab';
import { RunMissing } from '~/features/run/RunMissing';
import { Page } from '~/features/shell/Page';
import { runName } from '~/lib/naming';
import { shownStatus } from '~/lib/status';
import { buttonClass } from '~/ui/Button';
import { Bone, Card, Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { StatusPill } from '~/ui/StatusIcon';

/** Says that logs come later, and leads to the provider's. */
export function JobPage() {
  const { runId = '', jobId }: { runId?: string; jobId?: string } = useParams({ strict: false });
  const asked = useQuery(runQuery(runId));
  const job = asked.data?.jobs.find((one) => String(one.id) === jobId);
  const run = asked.data?.run;
  const name = job?.name ?? 'Job';
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
        </div>
        {asked.data === undefined && asked.error !== null && (
          <RunMissing error={asked.error} retry={() => void asked.refetch()} />
        )}
        {asked.data === undefined && asked.error === null && <Bone className="m-3 h-64" />}
        {asked.data !== undefined && job === undefined && (
          <Empty title="This run has no such job">
            It may belong to an earlier attempt, or have been deleted by retention.
          </Empty>
        )}
        {job !== undefined && (
          <>
            <Empty
              title="Logs are not part of this version yet"
              actions={
                job.html_url === null ? undefined : (
                  <a href={job.html_url} target="_blank" rel="noopener noreferrer" className={buttonClass('strong')}>
                    Log at the provider
                    <Icon name="external" className="size-3.5" />
                    <span className="sr-only">(opens in a new tab)</span>
                  </a>
                )
              }
            >
              Here it will open at the first line that matters. Until then the provider has it.
            </Empty>
            <Steps steps={job.steps} />
          </>
        )}
      </Card>
    </Page>
  );
}
