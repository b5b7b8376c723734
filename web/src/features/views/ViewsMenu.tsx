/** Views: named sets of filters, built in, one's own, or shared. */

import { useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { viewsQuery } from '~/api/queries';
import type { View } from '~/api/types';
import { builtInViews } from '~/features/views/builtIn';
import { useOpenView } from '~/features/views/useOpenView';
import { checkSearch, parseSearch, stringifySearch } from '~/lib/search';
import { Menu } from '~/ui/Menu';
import { Part } from '~/ui/Part';
import { Popover } from '~/ui/Popover';

const SaveView = lazy(() => import('~/features/views/SaveView'));

/** A search with nothing but what makes the view: without panel and tab, in one order. */
export function viewSearch(text: string): string {
  const { search } = checkSearch(parseSearch(text));
  const { peek: _peek, tab: _tab, attempt: _attempt, tz: _tz, ...kept } = search;
  return stringifySearch(Object.fromEntries(Object.entries(kept).sort()));
}

/** Go to a view, or save what is shown as one. The saved ones are asked for when it opens. */
export function ViewsMenu() {
  const { data } = useQuery({ ...viewsQuery, enabled: false });
  const here = useHere();
  const [saving, setSaving] = useState(false);
  const own = data?.items ?? [];
  const current = [...own, ...builtInViews].find(here.is);
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
          <ViewList
            close={close}
            save={() => {
              setSaving(true);
            }}
          />
        )}
      </Popover>
      {saving && (
        <Part what="Saving a view">
          <SaveView
            path={here.path}
            search={here.search}
            views={own}
            close={() => {
              setSaving(false);
            }}
          />
        </Part>
      )}
    </>
  );
}

/** What is shown now, and whether a view is that. */
function useHere() {
  const location = useRouterState({ select: (state) => state.location });
  const path = location.pathname;
  const search = viewSearch(location.searchStr);
  return {
    path,
    search,
    is: (view: View): boolean => view.path === path && viewSearch(view.search) === search,
  };
}

function ViewList({ close, save }: { close: () => void; save: () => void }) {
  const { data } = useQuery({ ...viewsQuery, retry: false });
  const open = useOpenView();
  const here = useHere();
  const views = [...(data?.items ?? []), ...builtInViews];
  return (
    <Menu
      close={close}
      items={[
        ...views.map((view) => ({
          label: view.name,
          chosen: here.is(view),
          run: () => {
            open(view);
          },
        })),
        { label: 'Save this view…', icon: 'bookmark', run: save },
      ]}
    />
  );
}
