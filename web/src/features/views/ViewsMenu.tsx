/** Views: named sets of filters, built in, one's own, or shared. */

import { useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { viewsQuery } from '~/api/queries';
import type { View } from '~/api/types';
import { builtInViews } from '~/features/views/builtIn';
import { useOpenView } from '~/features/views/useOpenView';
import { checkSearch, parseSearch, stringifySearch } from '~/lib/search';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';

const SaveView = lazy(() => import('~/features/views/SaveView'));

/** A search with nothing but what makes the view: without panel and tab, in one order. */
export function viewSearch(text: string): string {
  const { search } = checkSearch(parseSearch(text));
  const { peek: _peek, tab: _tab, attempt: _attempt, tz: _tz, ...kept } = search;
  return stringifySearch(Object.fromEntries(Object.entries(kept).sort()));
}

/** Go to a view, or save what is shown as one. */
export function ViewsMenu() {
  const location = useRouterState({ select: (state) => state.location });
  const { data } = useQuery({ ...viewsQuery, retry: false });
  const open = useOpenView();
  const [saving, setSaving] = useState(false);
  const own = data?.items ?? [];
  const here = viewSearch(location.searchStr);
  const isHere = (view: View): boolean =>
    view.path === location.pathname && viewSearch(view.search) === here;
  const current = [...own, ...builtInViews].find(isHere);
  const item = (view: View) => ({
    label: view.name,
    chosen: view === current,
    run: () => {
      open(view);
    },
  });
  return (
    <>
      <Popover
        label="Views"
        role="menu"
        align="end"
        look="quiet"
        face={<span className="max-w-40 truncate">{current?.name ?? 'Views'}</span>}
      >
        {(close) => (
          <Menu
            close={close}
            items={[
              ...own.map(item),
              ...builtInViews.map(item),
              {
                label: 'Save this view…',
                icon: 'bookmark',
                run: () => {
                  setSaving(true);
                },
              },
            ]}
          />
        )}
      </Popover>
      {saving && (
        <Suspense fallback={null}>
          <SaveView
            path={location.pathname}
            search={here}
            views={own}
            close={() => {
              setSaving(false);
            }}
          />
        </Suspense>
      )}
    </>
  );
}
