/** The command palette: type to find a page, an action, a workflow, a view or a run. */

import { clsx } from 'clsx';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import type { Entry } from '~/features/palette/entry';
import { rememberChoice } from '~/features/palette/recent';
import { useEntries } from '~/features/palette/useEntries';
import { Icon } from '~/ui/Icon';
import { Blank } from '~/ui/overlays/Blank';
import { useLateEnter } from '~/ui/useLateEnter';

/** One dialog with a combobox; Ctrl and Enter open in a new tab what leads somewhere. */
export default function Palette({ close }: { close: () => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const { entries, isComing } = useEntries(text);
  const here = Math.min(active, Math.max(0, entries.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [here]);
  const choose = (entry: Entry, newTab: boolean): void => {
    if (entry.leadsTo !== undefined) {
      setActive(0);
      setText(entry.leadsTo);
      return;
    }
    rememberChoice(entry.id);
    close();
    if (newTab && entry.href !== undefined) window.open(entry.href, '_blank', 'noopener');
    else entry.run();
  };
  const takeLater = useLateEnter(text, isComing, ({ ctrlKey, metaKey }) => {
    if (entries[0] !== undefined) choose(entries[0], ctrlKey || metaKey);
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const entry = entries[here];
    const last = entries.length - 1;
    if (event.key === 'ArrowDown') setActive(here === last ? 0 : here + 1);
    else if (event.key === 'ArrowUp') setActive(here === 0 ? last : here - 1);
    else if (event.key === 'Enter' && isComing && here === 0) takeLater(event);
    else if (event.key === 'Enter' && entry !== undefined) {
      choose(entry, event.ctrlKey || event.metaKey);
    } else return;
    event.preventDefault();
  };
  return (
    <Blank label="Search or jump to" close={close}>
      <label className="flex items-center gap-2.5 border-b border-line px-4">
        <Icon name="search" className="text-ink-3" />
        <span className="sr-only">Search or jump to</span>
        <input
          autoFocus
          type="text"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={entries.length === 0 ? undefined : `${id}-${here}`}
          autoComplete="off"
          spellCheck={false}
          placeholder="Page, workflow, run, commit…  > do  # runs  @ people  / logs"
          value={text}
          className="h-12 min-w-0 flex-1 bg-transparent text-section outline-none"
          onChange={(event) => {
            setActive(0);
            setText(event.target.value);
          }}
          onKeyDown={onKeyDown}
        />
        <kbd className="text-caption text-ink-2">Esc</kbd>
      </label>
      <div
        ref={list}
        id={`${id}-list`}
        role="listbox"
        aria-label="Results"
        className="max-h-[min(420px,60dvh)] overflow-auto p-1.5 empty:hidden"
      >
        {entries.map((entry, index) => (
          <div key={`${entry.group} ${entry.id}`} role="presentation">
            {entry.group !== entries[index - 1]?.group && (
              <p role="presentation" className="px-2.5 pt-2 pb-1 text-caption text-ink-2">
                {entry.group}
              </p>
            )}
            <Result
              id={`${id}-${index}`}
              entry={entry}
              active={index === here}
              onPoint={() => {
                setActive(index);
              }}
              onChoose={(newTab) => {
                choose(entry, newTab);
              }}
            />
          </div>
        ))}
      </div>
      {entries.length === 0 && <p className="px-4 py-3 text-control text-ink-2">Nothing by that name.</p>}
      <p role="status" className="sr-only">
        {entries.length === 0 ? 'Nothing found' : `${entries.length} found`}
      </p>
    </Blank>
  );
}

interface ResultProps {
  id: string;
  entry: Entry;
  active: boolean;
  onPoint: () => void;
  onChoose: (newTab: boolean) => void;
}

function Result({ id, entry, active, onPoint, onChoose }: ResultProps) {
  return (
    <div
      id={id}
      role="option"
      aria-selected={active}
      className={clsx(
        'flex min-h-9 cursor-pointer items-center gap-2.5 rounded-control px-2.5 text-control coarse:min-h-11',
        active && 'bg-selected',
      )}
      onPointerMove={onPoint}
      onClick={(event) => {
        onChoose(event.ctrlKey || event.metaKey);
      }}
    >
      <Icon name={entry.icon} className="text-ink-2" />
      <span className="truncate font-medium">{entry.label}</span>
      {entry.note !== undefined && (
        <span className="min-w-0 flex-1 truncate text-caption text-ink-2">{entry.note}</span>
      )}
      {entry.keys !== undefined && <kbd className="ml-auto text-caption text-ink-2">{entry.keys}</kbd>}
    </div>
  );
}
