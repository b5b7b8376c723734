/** The filters that only a list of runs has: status, event, person, commit, runner label, attempts. */

import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useState, type SyntheticEvent } from 'react';
import { globalFilter } from '~/api/filter';
import { facetQuery } from '~/api/queries';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { keepGlobal, type Search } from '~/lib/search';
import { appearanceOf, shownStatus } from '~/lib/status';
import { Button } from '~/ui/Button';
import { Menu } from '~/ui/Menu';
import { Picker } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';

export const runFields = {
  status: 'Status',
  event: 'Event',
  actor: 'Triggered by',
} as const;

export type RunField = keyof typeof runFields;

/** Filters whose value is typed: there are too many to choose from. */
const typedFields = {
  commit: { name: 'Commit', hint: 'A commit id, or how it begins' },
  label: { name: 'Runner label', hint: 'A label that a job asked for, such as ubuntu-latest' },
} as const;

type TypedField = keyof typeof typedFields;

/** The word for a value, as the filters show it. */
export function valueName(field: RunField, value: string): string {
  return field === 'status' ? appearanceOf(shownStatus(value)).word : value.replaceAll('_', ' ');
}

type Change = Partial<Record<keyof Search & string, string | string[] | undefined>>;

/** Sets a filter of runs; on a page that shows no list of them, goes to the one that does. */
function useSetFilter(): (change: Change) => void {
  const setSearch = useSetSearch();
  const navigate = useNavigate();
  const path = useRouterState({ select: (state) => state.location.pathname });
  return (change) => {
    if (path === '/runs') setSearch(change);
    else void navigate({ to: '/runs', search: (before: Search) => ({ ...keepGlobal(before), ...change }) });
  };
}

/** First which filter, then its values; they are of runs, which the search of logs does not list. */
export function MoreFilters() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  if (path === '/search') return null;
  return (
    <Popover label="More filters" icon="plus" face="Filter" arrow={false} align="end">
      {(close) => <Choice close={close} />}
    </Popover>
  );
}

function Choice({ close }: { close: () => void }) {
  const [field, setField] = useState<RunField | TypedField | null>(null);
  const search = useSearchParams();
  const setFilter = useSetFilter();
  if (field === 'commit' || field === 'label') return <Typed field={field} close={close} />;
  if (field !== null) return <Values field={field} />;
  return (
    <Menu
      close={() => undefined}
      items={[
        ...(Object.keys(runFields) as RunField[]).map((key) => ({
          label: runFields[key],
          run: () => {
            setField(key);
          },
        })),
        ...(Object.keys(typedFields) as TypedField[]).map((key) => ({
          label: typedFields[key].name,
          run: () => {
            setField(key);
          },
        })),
        {
          label: 'Run more than once',
          chosen: search.min_attempt !== undefined,
          run: () => {
            setFilter({ min_attempt: search.min_attempt === undefined ? '2' : undefined });
            close();
          },
        },
      ]}
    />
  );
}

function Typed({ field, close }: { field: TypedField; close: () => void }) {
  const before = useSearchParams()[field];
  const setFilter = useSetFilter();
  const [text, setText] = useState(typeof before === 'string' ? before : (before?.join(', ') ?? ''));
  const { name, hint } = typedFields[field];
  const values = text.split(/[\s,]+/).filter((one) => one !== '');
  const apply = (event: SyntheticEvent): void => {
    event.preventDefault();
    const kept = values.length === 0 ? undefined : values;
    setFilter(field === 'commit' ? { commit: kept?.[0] } : { label: kept });
    close();
  };
  return (
    <form className="flex w-72 flex-col gap-2 p-3" onSubmit={apply}>
      <label className="flex flex-col gap-1">
        <span className="text-control font-medium">{name}</span>
        <input
          autoFocus
          value={text}
          maxLength={field === 'commit' ? 64 : 200}
          aria-describedby={`${field}-hint`}
          className="h-8 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </label>
      <p id={`${field}-hint`} className="text-caption text-ink-2">
        {hint}
      </p>
      <Button look="strong" type="submit">
        Apply
      </Button>
    </form>
  );
}

function Values({ field }: { field: RunField }) {
  const search = useSearchParams();
  const setFilter = useSetFilter();
  const [text, setText] = useState('');
  const { data } = useQuery(facetQuery(field, globalFilter(search), ''));
  const chosen = search[field] ?? [];
  const set = (values: readonly string[]): void => {
    setFilter({ [field]: values.length === 0 ? undefined : [...values] });
  };
  const options = (data ?? []).map((one) => ({ ...one, label: valueName(field, one.value) }));
  return (
    <Picker
      label={runFields[field]}
      placeholder={`Find: ${runFields[field].toLowerCase()}`}
      text={text}
      onText={setText}
      options={options.filter((one) => one.label.toLowerCase().includes(text.toLowerCase()))}
      chosen={chosen}
      onToggle={(value) => {
        set(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
      }}
      onOnly={(value) => {
        set([value]);
      }}
      empty={data === undefined ? 'Loading…' : 'None in this window.'}
    />
  );
}
