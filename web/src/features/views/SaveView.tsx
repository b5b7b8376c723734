/** The dialog that saves what is shown as a view, and takes views away. */

import { useQueryClient } from '@tanstack/react-query';
import { useState, type SyntheticEvent } from 'react';
import { ApiError } from '~/api/client';
import type { View } from '~/api/types';
import { keepView, removeView } from '~/features/views/keeping';
import { useSavedViews } from '~/features/views/useViews';
import { toast } from '~/lib/toasts';
import { Button, IconButton } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

interface SaveViewProps {
  path: string;
  search: string;
  close: () => void;
}

/** A name already taken is updated; the list below takes views away. */
export default function SaveView({ path, search, close }: SaveViewProps) {
  const client = useQueryClient();
  const views = useSavedViews();
  const [name, setName] = useState('');
  const [shared, setShared] = useState(true);
  const [pinned, setPinned] = useState(false);
  const [problem, setProblem] = useState('');
  const known = views.find((view) => view.name.toLowerCase() === name.trim().toLowerCase());
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : String(error));
    }
  };
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault();
    const chosen = name.trim();
    if (chosen === '') {
      setProblem('Give the view a name.');
      return;
    }
    void attempt(async () => {
      await keepView(client, { name: chosen, path, search, shared, pinned }, known);
      toast(`View “${chosen}” saved`);
      close();
    });
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
        <Check label="Shared" note="Everybody finds it under Views; otherwise only this browser lists it." on={shared} set={setShared} />
        <Check label="Pin to the navigation" note="It stands below the pages." on={pinned} set={setPinned} />
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
              <Saved key={view.id} view={view} remove={() => void attempt(() => removeView(client, view))} />
            ))}
          </ul>
        </>
      )}
    </Sheet>
  );
}

interface CheckProps {
  label: string;
  note: string;
  on: boolean;
  set: (on: boolean) => void;
}

function Check({ label, note, on, set }: CheckProps) {
  return (
    <label className="flex min-h-6 cursor-pointer items-start gap-2 coarse:min-h-11">
      <input
        type="checkbox"
        className="mt-0.5 size-4 shrink-0 accent-accent"
        checked={on}
        onChange={() => {
          set(!on);
        }}
      />
      <span>
        {label}
        <span className="block text-caption text-ink-2">{note}</span>
      </span>
    </label>
  );
}

function Saved({ view, remove }: { view: View; remove: () => void }) {
  return (
    <li className="flex items-center gap-2 border-b border-line py-1 last:border-0">
      <span className="min-w-0 flex-1 truncate">
        {view.name}
        <span className="text-caption text-ink-2">
          {!view.shared && ' · only here'}
          {view.pinned && ' · pinned'}
        </span>
      </span>
      <IconButton icon="trash" label={`Remove “${view.name}”`} onClick={remove} />
    </li>
  );
}
