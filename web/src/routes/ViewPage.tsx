/** The short address of a saved view: it goes on to the full one. */

import { useParams } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { viewsQuery } from '~/api/queries';
import { Page, PageTitle } from '~/features/shell/Page';
import { builtInViews } from '~/features/views/builtIn';
import { useOpenView } from '~/features/views/useOpenView';
import { Trouble } from '~/ui/Card';

/** Shows something only when there is no such view. */
export function ViewPage() {
  const { view: slug }: { view?: string } = useParams({ strict: false });
  const asked = useQuery(viewsQuery);
  const open = useOpenView();
  const view = [...(asked.data?.items ?? []), ...builtInViews].find((one) => one.slug === slug);
  useEffect(() => {
    if (view !== undefined) open(view, true);
  }, [view, open]);
  const unknown = view === undefined && asked.data !== undefined;
  return (
    <Page title={['View']}>
      <PageTitle>{unknown ? 'There is no view by that name' : 'Opening the view…'}</PageTitle>
      {unknown && <p className="text-ink-2">It may have been removed. The Views menu has the others.</p>}
      {view === undefined && asked.error !== null && (
        <Trouble what="the views" error={asked.error} retry={asked.refetch} />
      )}
    </Page>
  );
}
