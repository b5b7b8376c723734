/** Find that run. */

import { HowToReadRuns } from '~/features/runs/HowToReadRuns';
import { RunList } from '~/features/runs/RunList';
import { Page } from '~/features/shell/Page';
import { useSearchParams } from '~/lib/router';

/** The list of all runs that match. */
export function RunsPage() {
  const { status = [], repo = [], q } = useSearchParams();
  const title = ['Runs', status.join(', '), repo.join(', '), q === undefined ? '' : `“${q}”`];
  return (
    <Page title={title}>
      <RunList />
      <HowToReadRuns about={['run', 'status', 'duration']} />
    </Page>
  );
}
