/** Find a text in all logs. */

import { SearchLogs } from '~/features/logs/SearchLogs';
import { Page, PageTitle } from '~/features/shell/Page';
import { useSearchParams } from '~/lib/router';
import { Definitions } from '~/ui/Definitions';

/** The page of the log search. */
export function SearchPage() {
  const { q } = useSearchParams();
  return (
    <Page title={['Log search', q === undefined ? '' : `“${q}”`]}>
      <PageTitle>Log search</PageTitle>
      <SearchLogs />
      <Definitions
        className="mt-3"
        terms={[
          ['What is searched', 'The stored logs of the runs that the filters choose, the newest first. Words side by side are one text, as they stand.'],
          ['"one" "two"', 'Texts in quotes: a line has to hold all of them.'],
          ['-word', 'Lines with this word are left out.'],
          ['job: and step:', 'Only in jobs, or steps, of that name.'],
          ['/pattern/', 'A regular expression.'],
        ]}
      />
    </Page>
  );
}
