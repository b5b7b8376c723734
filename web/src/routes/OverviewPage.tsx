/** Is main green? What changed? What do I fix first? */

import { useQuery } from '@tanstack/react-query';
import { metaQuery } from '~/api/queries';
import { FirstSteps } from '~/features/overview/FirstSteps';
import { FixFirst } from '~/features/overview/FixFirst';
import { HowToRead } from '~/features/overview/HowToRead';
import { KpiCards } from '~/features/overview/KpiCards';
import { OutcomesCard } from '~/features/overview/OutcomesCard';
import { RecentRuns } from '~/features/overview/RecentRuns';
import { VerdictBar } from '~/features/overview/VerdictBar';
import { WorkflowStrips } from '~/features/overview/WorkflowStrips';
import { Page } from '~/features/shell/Page';

/** The front page; on a phone the charts come last. */
export function OverviewPage() {
  const { data: meta } = useQuery(metaQuery);
  // A demo that is only half there says nothing yet.
  if (meta?.has_data === false || (meta?.demo === true && meta.demo_state === 'loading')) {
    return (
      <Page title={['Overview']}>
        <FirstSteps />
      </Page>
    );
  }
  return (
    <Page title={['Overview']}>
      {/* Beside an open run there is less room than the screen has: the parts ask for their own. */}
      <div className="@container flex flex-col gap-3">
        <VerdictBar />
        <KpiCards />
        <div className="contents @3xl:grid @3xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] @3xl:gap-3">
          <OutcomesCard className="@max-3xl:order-last" />
          <FixFirst />
        </div>
        <WorkflowStrips />
        <RecentRuns />
        <HowToRead />
      </div>
    </Page>
  );
}
