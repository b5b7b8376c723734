/** Saving what is shown as a view, and taking views away. */

import { useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { ApiError, send } from '~/api/client';
import { viewsQuery } from '~/api/queries';
import type { View } from '~/api/types';
import { toast } from '~/lib/toasts';
import { Button, IconButton } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

interface SaveViewProps {
  path: string;
  search: string;
  views: readonly View[];
  close: () => void;
}

/** A name already taken is updated; the list below takes views away. */
export default function SaveView({ path, search, views, close }: SaveViewProps) {
  const client = useQueryClient();
  const [name, setName] = useState('');
  const [problem, setProblem] = useState('');
  const known = views.find((view) => view.name.toLowerCase() === name.trim().toLowerCase());
  const refresh = () => client.invalidateQueries({ queryKey: viewsQuery.queryKey });
  const save = async (): Promise<void> => {
    if (name.trim() === '') {
      setProblem('Give the view a name.');
      return;
    }
    const body = { name: name.trim(), path, search, shared: true, pinned: false };
    try {
      if (known === undefined) await send('POST', '/api/v1/views', body);
      else await send('PUT', `/api/v1/views/${known.id}`, body);
      await refresh();
      toast(`View “${body.name}” saved`);
      close();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
    }
  };
  const remove = async (view: View): Promise<void> => {
    try {
      await send('DELETE', `/api/v1/views/${view.id}`);
      await refresh();
      toast(`View “${view.name}” removed`, {
        action: {
          label: 'Undo',
          run: () => {
            const { name: old, path: to, search: text, shared, pinned } = view;
            const body = { name: old, path: to, search: text, shared, pinned };
            void send('POST', '/api/v1/views', body).then(refresh);
          },
        },
      });
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
    }
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    void save();
  };
  return (
    <Sheet title="Save this view" close={close}>
      <form className="flex flex-col gap-3" onSubmit={submit} noValidate>
        <label className="flex flex-col gap-1">
          <span className="text-caption text-ink-2">Name</span>
          <input
            autoFocus
            value={name}
            maxLength={80}
            aria-invalid={problem !== ''}
            aria-describedby="view-problem"
            className="h-8 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
        </label>
        <p id="view-problem" className="text-caption text-fail empty:hidden">
          {problem}
        </p>
        <p className="text-caption break-all text-ink-2">
          {path}
          {search}
        </p>
        <Button look="strong" type="submit">
          {known === undefined ? 'Save' : `Update “${known.name}”`}
        </Button>
      </form>
      {views.length > 0 && (
        <>
          <h3 className="mt-5 mb-1 text-control font-semibold">Saved views</h3>
          <ul>
            {views.map((view) => (
              <li key={view.id} className="flex items-center gap-2 border-b border-line py-1 last:border-0">
                <span className="min-w-0 flex-1 truncate">{view.name}</span>
                <IconButton
                  icon="trash"
                  label={`Remove “${view.name}”`}
                  onClick={() => void remove(view)}
                />
              </li>
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}
