/** What broke in this run? */

import { useParams } from '@tanstack/react-router';
import { AttemptPicker } from '~/features/run/AttemptPicker';
import { RunMissing } from '~/features/run/RunMissing';
import { RunView } from '~/features/run/RunView';
import { useRun } from '~/features/run/useRun';
import { HowToReadRuns } from '~/features/runs/HowToReadRuns';
import { Page } from '~/features/shell/Page';
import { runName, runNumber } from '~/lib/naming';
import { useSearchParams } from '~/lib/router';
import { appearanceOf, shownStatus } from '~/lib/status';
import { buttonClass } from '~/ui/Button';
import { Bone, Card } from '~/ui/Card';
import { CopyButton } from '~/ui/CopyButton';
import { Icon } from '~/ui/Icon';
import { StatusPill } from '~/ui/StatusIcon';

/** The page of one run; it shows what the panel shows, with more room. */
export function RunPage() {
  const { runId = '' }: { runId?: string } = useParams({ strict: false });
  const { attempt } = useSearchParams();
  const { asked, newest } = useRun(runId, attempt);
  const run = asked.data?.run;
  const word = run === undefined ? '' : appearanceOf(shownStatus(run.status, run.conclusion)).word;
  const name = run === undefined ? 'Run' : runName(run.workflow, run.run_number);
  return (
    <Page title={[name, word, run?.repo ?? '']}>
      <Card label={name}>
        <div className="flex flex-wrap items-center gap-2 p-3">
          {run !== undefined && <StatusPill status={shownStatus(run.status, run.conclusion)} />}
          <h1 tabIndex={-1} className="min-w-0 text-title font-semibold break-words">
            {run?.workflow ?? 'Run'}{' '}
            <span className="font-normal text-ink-2">{runNumber(run?.run_number)}</span>
          </h1>
          {run !== undefined && (
            <AttemptPicker shown={run.attempt} attempts={newest?.attempts ?? asked.data?.attempts ?? []} />
          )}
          <span className="ml-auto flex items-center gap-1">
            <CopyButton
              text={`${window.location.origin}/runs/${runId}`}
              label="Copy link to this run"
              done="Link to the run copied"
            />
            {run?.html_url != null && (
              <a href={run.html_url} target="_blank" rel="noopener noreferrer" className={buttonClass()}>
                {run.provider === 'github' ? 'GitHub' : 'Provider'}
                <Icon name="external" className="size-3.5" />
                <span className="sr-only">(opens in a new tab)</span>
              </a>
            )}
          </span>
        </div>
        {asked.data !== undefined ? (
          <RunView details={asked.data} newest={newest} wide />
        ) : asked.error !== null ? (
          <RunMissing error={asked.error} retry={() => void asked.refetch()} />
        ) : (
          <Bone className="m-3 h-96" />
        )}
      </Card>
      <HowToReadRuns about={['run', 'status', 'duration', 'queue', 'path']} />
    </Page>
  );
}
