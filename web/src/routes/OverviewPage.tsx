/** Is main green? What changed? What do I fix first? */

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
  return (
    <Page title={['Overview']} className="flex flex-col gap-3">
      <VerdictBar />
      <KpiCards />
      <div className="contents lg:grid lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] lg:gap-3">
        <OutcomesCard className="max-lg:order-last" />
        <FixFirst />
      </div>
      <WorkflowStrips />
      <RecentRuns />
      <HowToRead />
    </Page>
  );
}
