/** The place of alerts, which a later version brings. */

import { Link } from '@tanstack/react-router';
import { Page, PageTitle } from '~/features/shell/Page';
import { Card } from '~/ui/Card';

/** Says what is not there yet, and what does the job until then. */
export function AlertsPage() {
  return (
    <Page title={['Alerts']}>
      <PageTitle>Alerts are not part of this version yet</PageTitle>
      <Card className="max-w-2xl p-4">
        <p>
          Nothing is watched here, and nobody is told when a workflow breaks. This page will list
          what is burning and who has it.
        </p>
        <p className="mt-2 text-ink-2">
          Until then the{' '}
          <Link to="/" className="text-link underline">
            overview
          </Link>{' '}
          says what is red and since when, and{' '}
          <a href="/wall" className="text-link underline">
            the wall
          </a>{' '}
          says it from across the room.
        </p>
      </Card>
    </Page>
  );
}
