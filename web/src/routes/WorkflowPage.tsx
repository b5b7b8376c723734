/** Everything about one workflow. */

import { useParams } from '@tanstack/react-router';
import { HowToReadRuns } from '~/features/runs/HowToReadRuns';
import { Page } from '~/features/shell/Page';
import { repositoryName } from '~/features/workflow/link';
import { WorkflowView } from '~/features/workflow/WorkflowView';

interface Params {
  owner?: string;
  repo?: string;
  workflow?: string;
  /** The name where its slashes are those of the address. */
  _splat?: string;
}

/** A pushed repository may have no owner; its address then has a dash there. */
export function WorkflowPage() {
  const { owner = '-', repo = '', ...rest }: Params = useParams({ strict: false });
  const workflow = rest.workflow ?? rest._splat ?? '';
  const name = repositoryName(owner, repo);
  return (
    <Page title={[workflow, name]} className="flex flex-col gap-3">
      <WorkflowView repo={name} workflow={workflow} />
      <HowToReadRuns about={['red', 'rate', 'p50', 'duration']} />
    </Page>
  );
}
