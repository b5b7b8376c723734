/** The command palette: type to find a page, an action, a workflow, a view or a run. */

import { useNavigate } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react';
import { facetQuery, recentRunsQuery, viewsQuery } from '~/api/queries';
import { useLive } from '~/features/live/connection';
import { pause } from '~/features/live/follow';
import { rememberChoice, recentChoices } from '~/features/palette/recent';
import {
  actionsOf,
  facetEntries,
  fit,
  placesOf,
  runEntries,
  viewEntries,
  type Entry,
} from '~/features/palette/sources';
import { useOpenView } from '~/features/views/useOpenView';
import { Icon } from '~/ui/Icon';
import { Blank } from '~/ui/overlays/Blank';
import { useZone } from '~/ui/zone';

const patience = 120;
const mostOfEach = 6;

/** One dialog with a combobox; Ctrl and Enter open in a new tab what leads somewhere. */
export default function Palette({ close }: { close: () => void }) {
  const id = useId();
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const entries = useEntries(text);
  const here = Math.min(active, Math.max(0, entries.length - 1));
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [here]);
  const choose = (entry: Entry, newTab: boolean): void => {
    rememberChoice(entry.id);
    close();
    if (newTab && entry.href !== undefined) window.open(entry.href, '_blank', 'noopener');
    else entry.run();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const entry = entries[here];
    const last = entries.length - 1;
    if (event.key === 'ArrowDown') setActive(here === last ? 0 : here + 1);
    else if (event.key === 'ArrowUp') setActive(here === 0 ? last : here - 1);
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
          placeholder="Page, workflow, run number, commit…  > actions  # runs"
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

/** Typed text after it has rested a moment. */
function useRested(text: string): string {
  const [rested, setRested] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setRested(text);
    }, patience);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  return rested;
}

function useEntries(text: string): Entry[] {
  const navigate = useNavigate();
  const client = useQueryClient();
  const { zone } = useZone();
  const { paused } = useLive();
  const openView = useOpenView();
  const prefix = /^[>#@/]/.test(text) ? text.charAt(0) : '';
  const wanted = text.slice(prefix.length).trim();
  const rested = useRested(wanted);
  const { data: workflows = [] } = useQuery(facetQuery('workflow', {}, ''));
  const { data: repos = [] } = useQuery(facetQuery('repo', {}, ''));
  const { data: views } = useQuery({ ...viewsQuery, retry: false });
  const { data: runs } = useQuery({
    ...recentRunsQuery({ q: rested, range: '30d' }, mostOfEach),
    enabled: rested.length >= 2 && prefix !== '>',
  });
  const tools = {
    navigate,
    zone,
    paused,
    pause,
    refresh: () => void client.invalidateQueries({ refetchType: 'active' }),
  };
  const still = [
    ...placesOf(tools),
    ...actionsOf(tools),
    ...viewEntries(views?.items ?? [], openView),
    ...facetEntries('workflow', workflows, navigate),
    ...facetEntries('repo', repos, navigate),
  ];
  const found = runEntries(wanted.length >= 2 ? (runs?.items ?? []) : [], navigate);
  if (prefix === '#') return found;
  if (prefix === '>') return best(still.filter((entry) => entry.group === 'Actions'), wanted);
  if (wanted === '') return atFirst(still);
  return [...best(still, wanted), ...found];
}

/** Before anything is typed: the last choices, then pages and actions. */
function atFirst(entries: readonly Entry[]): Entry[] {
  const recent = recentChoices()
    .map((id) => entries.find((entry) => entry.id === id))
    .filter((entry) => entry !== undefined)
    .map((entry) => ({ ...entry, group: 'Recent' as const }));
  const rest = entries.filter((entry) => entry.group === 'Go to' || entry.group === 'Actions');
  return [...recent, ...rest.slice(0, 14)];
}

/** The best few of each group, groups in the order of their best. */
function best(entries: readonly Entry[], text: string): Entry[] {
  const taken = new Map<string, number>();
  const fitting = entries
    .map((entry) => ({ entry, score: fit(entry.label, text) }))
    .filter(({ score }) => score > 0)
    .sort((one, other) => other.score - one.score);
  const order = [...new Set(fitting.map(({ entry }) => entry.group))];
  return fitting
    .filter(({ entry }) => {
      const before = taken.get(entry.group) ?? 0;
      taken.set(entry.group, before + 1);
      return before < mostOfEach;
    })
    .map(({ entry }) => entry)
    .sort((one, other) => order.indexOf(one.group) - order.indexOf(other.group));
}
