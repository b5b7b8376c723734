/** Beside the count of runs: search, more filters, columns and density, export. */

import { useEffect, useRef, useState } from 'react';
import { columns } from '~/features/runs/columns';
import { setPreferences, usePreferences, type Density } from '~/lib/preferences';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { buttonClass, IconButton } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Popover } from '~/ui/Popover';
import { Segmented } from '~/ui/Segmented';
import { Tip } from '~/ui/Tip';

const patience = 250;

/** `toFile` is the address of the same runs as CSV. */
export function RunTools({ toFile }: { toFile: string }) {
  return (
    <div className="ml-auto flex items-center gap-2 max-sm:w-full">
      <Find />
      <Popover label="Columns and density" icon="columns" align="end" className="max-sm:hidden">
        {() => <Columns />}
      </Popover>
      <Tip text="Export as CSV">
        <a href={toFile} download className={buttonClass('plain', 'w-7 px-0 coarse:w-11')} aria-label="Export as CSV">
          <Icon name="download" />
        </a>
      </Tip>
    </div>
  );
}

function Find() {
  const { q } = useSearchParams();
  const setSearch = useSetSearch();
  const [text, setText] = useState(q ?? '');
  const [known, setKnown] = useState(q);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  // The address may change without this box: by Back, or by "Clear".
  if (known !== q) {
    setKnown(q);
    if ((q ?? '') !== text.trim()) setText(q ?? '');
  }
  useEffect(() => () => { clearTimeout(timer.current); }, []);
  const type = (value: string): void => {
    setText(value);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      setSearch({ q: value.trim() === '' ? undefined : value.trim() }, { replace: true });
    }, patience);
  };
  return (
    <div className="flex h-7 min-w-0 items-center gap-1.5 rounded-control max-sm:flex-1 border border-line-strong bg-bg pl-2 focus-within:outline-2 focus-within:outline-focus coarse:h-11">
      <Icon name="search" className="text-ink-3" />
      <input
        type="search"
        aria-label="Find runs by title, branch, commit, person or number"
        data-hotspot="find"
        value={text}
        placeholder="Title, branch, commit, #…"
        className="h-full w-52 min-w-0 max-sm:flex-1 bg-transparent text-control outline-none max-sm:text-section"
        onChange={(event) => {
          type(event.target.value);
        }}
      />
      {text !== '' && (
        <IconButton
          icon="close"
          label="Clear the search"
          className="h-6! w-6!"
          onClick={() => {
            type('');
          }}
        />
      )}
    </div>
  );
}

function Columns() {
  const { hiddenColumns, density } = usePreferences();
  const toggle = (key: string): void => {
    const hidden = hiddenColumns.includes(key)
      ? hiddenColumns.filter((one) => one !== key)
      : [...hiddenColumns, key];
    setPreferences({ hiddenColumns: hidden });
  };
  return (
    <div className="flex w-60 flex-col gap-3 p-3">
      <fieldset>
        <legend className="mb-1 text-caption text-ink-2">Row height</legend>
        <Segmented<Density>
          label="Row height"
          choices={[
            { value: 'compact', label: 'Compact' },
            { value: 'default', label: 'Default' },
            { value: 'comfortable', label: 'Roomy' },
          ]}
          value={density}
          onChange={(value) => {
            setPreferences({ density: value });
          }}
        />
      </fieldset>
      <fieldset>
        <legend className="mb-1 text-caption text-ink-2">Columns, where there is room</legend>
        {columns
          .filter((column) => !['status', 'workflow'].includes(column.key))
          .map((column) => (
            <label key={column.key} className="flex min-h-7 cursor-pointer items-center gap-2 coarse:min-h-11">
              <input
                type="checkbox"
                className="size-4 accent-accent"
                checked={!hiddenColumns.includes(column.key)}
                onChange={() => {
                  toggle(column.key);
                }}
              />
              {column.name}
            </label>
          ))}
      </fieldset>
    </div>
  );
}
