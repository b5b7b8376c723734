/** Saving views, changing them and taking them away, with what is said of it. */

import type { QueryClient } from '@tanstack/react-query';
import { ApiError, send } from '~/api/client';
import { viewsQuery } from '~/api/queries';
import type { View } from '~/api/types';
import { setOpened } from '~/features/views/opened';
import { getPreferences, setPreferences } from '~/lib/preferences';
import { toast } from '~/lib/toasts';

export type KeptView = Pick<View, 'name' | 'path' | 'search' | 'shared' | 'pinned'>;

function refresh(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ queryKey: viewsQuery.queryKey, refetchType: 'all' });
}

/** Keep a view, in place of `known` if that is given; raises ApiError when the server refuses. */
export async function keepView(client: QueryClient, view: KeptView, known?: View): Promise<void> {
  if (known === undefined) await send('POST', '/api/v1/views', view);
  else await send('PUT', `/api/v1/views/${known.id}`, view);
  await client.query({ ...viewsQuery, staleTime: 0 });
  const kept = client.getQueryData(viewsQuery.queryKey)?.items.find(({ name }) => name === view.name);
  if (kept === undefined) return;
  const others = getPreferences().ownViews.filter((id) => id !== kept.id);
  setPreferences({ ownViews: kept.shared ? others : [...others, kept.id] });
  setOpened(kept.id);
}

/** Let an opened view show what is shown now; the way back is offered. */
export async function updateView(
  client: QueryClient,
  view: View,
  here: Pick<View, 'path' | 'search'>,
): Promise<void> {
  const { name, path, search, shared, pinned } = view;
  const before = { name, path, search, shared, pinned };
  try {
    await keepView(client, { ...before, path: here.path, search: here.search }, view);
    toast(`View “${name}” updated`, {
      action: { label: 'Undo', run: () => void keepView(client, before, view).catch(tell) },
    });
  } catch (error) {
    tell(error);
  }
}

/** Take a view away; the way back is offered. */
export async function removeView(client: QueryClient, view: View): Promise<void> {
  const { name, path, search, shared, pinned } = view;
  await send('DELETE', `/api/v1/views/${view.id}`);
  await refresh(client);
  toast(`View “${name}” removed`, {
    action: {
      label: 'Undo',
      run: () => void keepView(client, { name, path, search, shared, pinned }).catch(tell),
    },
  });
}

function tell(error: unknown): void {
  toast(error instanceof ApiError ? error.message : 'That did not work.', { kind: 'problem' });
}
