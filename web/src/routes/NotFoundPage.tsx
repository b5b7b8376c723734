/** An address that leads nowhere. */

import { Link } from '@tanstack/react-router';
import { Page, PageTitle } from '~/features/shell/Page';
import { buttonClass } from '~/ui/Button';

/** Says so, and offers the ways on. */
export function NotFoundPage() {
  return (
    <Page title={['Not found']}>
      <PageTitle>There is no page here</PageTitle>
      <p className="mb-4 max-w-prose text-ink-2">
        The address may have been cut off, or it is from another version. Ctrl K (⌘K) finds runs,
        workflows and pages by name.
      </p>
      <div className="flex gap-2">
        <Link to="/" className={buttonClass('strong')}>
          Overview
        </Link>
        <Link to="/runs" className={buttonClass()}>
          All runs
        </Link>
      </div>
    </Page>
  );
}
