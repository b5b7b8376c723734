/** Find a text in all logs. */

import { SearchLogs } from '~/features/logs/SearchLogs';
import { Page, PageTitle } from '~/features/shell/Page';
import { useSearchParams } from '~/lib/router';

/** The page of the log search. */
export function SearchPage() {
  const { q } = useSearchParams();
  return (
    <Page title={['Log search', q === undefined ? '' : `“${q}”`]}>
      <PageTitle>Log search</PageTitle>
      <SearchLogs />
    </Page>
  );
}
