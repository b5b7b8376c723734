/** Views: named sets of filters, built in, one's own, or shared. */

import { lazy } from 'react';
import { builtInViews } from '~/features/views/builtIn';
import { setSaving, useOpened } from '~/features/views/opened';
import { updateView } from '~/features/views/keeping';
import { useHere, useOpenedView, useSavedViews } from '~/features/views/useViews';
import { useOpenView } from '~/features/views/useOpenView';
import type { View } from '~/api/types';
import { Menu, type MenuItem } from '~/ui/Menu';
import { Part } from '~/ui/Part';
import { Popover } from '~/ui/Popover';
import { useQueryClient } from '@tanstack/react-query';

const SaveView = lazy(() => import('~/features/views/SaveView'));

/** Go to a view, or save what is shown as one. The saved ones are asked for when it opens. */
export function ViewsMenu() {
  const { view, isChanged } = useOpenedView();
  return (
    <Popover
      label="Views"
      role="menu"
      align="end"
      look="quiet"
      face={
        <>
          <span className="max-w-40 truncate">{view?.name ?? 'Views'}</span>
          {isChanged && (
            <span title="Changed since it was opened">
              <span aria-hidden="true" className="block size-2 rounded-pill bg-accent" />
              <span className="sr-only">, changed</span>
            </span>
          )}
        </>
      }
    >
      {(close) => <ViewList close={close} />}
    </Popover>
  );
}

/** The dialog that saves what is shown; stands by itself, because not only the menu opens it. */
export function SavingView() {
  const { isSaving } = useOpened();
  const here = useHere();
  if (!isSaving) return null;
  return (
    <Part what="Saving a view">
      <SaveView
        path={here.path}
        search={here.search}
        close={() => {
          setSaving(false);
        }}
      />
    </Part>
  );
}

function ViewList({ close }: { close: () => void }) {
  const saved = useSavedViews();
  const open = useOpenView();
  const here = useHere();
  const items = (views: readonly View[], heading: string): MenuItem[] =>
    views.map((view, index) => ({
      ...(index === 0 ? { heading } : {}),
      label: view.name,
      chosen: here.is(view),
      run: () => {
        open(view);
      },
    }));
  return (
    <Menu
      close={close}
      items={[
        ...useChanges(),
        ...items(saved.filter((view) => !view.shared), 'Mine'),
        ...items(saved.filter((view) => view.shared), 'Shared'),
        ...items(builtInViews, 'Built in'),
        { label: 'Save this view…', icon: 'bookmark', run: () => { setSaving(true); } },
      ]}
    />
  );
}

/** What can be done about an opened view that has been changed. */
function useChanges(): MenuItem[] {
  const client = useQueryClient();
  const { view, isChanged } = useOpenedView();
  const here = useHere();
  const open = useOpenView();
  if (view === undefined || !isChanged) return [];
  const update: MenuItem = {
    label: `Update “${view.name}”`,
    icon: 'check',
    run: () => void updateView(client, view, here),
  };
  return [
    // What every instance has cannot be changed.
    ...(view.id < 0 ? [] : [update]),
    { label: 'Save as…', icon: 'bookmark', run: () => { setSaving(true); } },
    { label: `Reset to “${view.name}”`, icon: 'rerun', run: () => { open(view); } },
  ];
}
