/** The filters that only lists have: status, event, person, commit, runner label, attempts. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState, type SyntheticEvent } from 'react';
import { globalFilter } from '~/api/filter';
import { facetQuery, isComing } from '~/api/queries';
import {
  changeList,
  ownFields,
  ownFieldsOf,
  toggled,
  useFilters,
  usePath,
  useSetFilters,
  type OwnField,
} from '~/features/filters/choosing';
import { appearanceOf, shownStatus } from '~/lib/status';
import { Button } from '~/ui/Button';
import { Menu } from '~/ui/Menu';
import { Picker } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';

/** Filters whose values are chosen from a list. */
export const runFields = {
  status: 'Status',
  event: 'Event',
  actor: 'Triggered by',
  label: 'Runner label',
} as const;

export type RunField = keyof typeof runFields;

/** There may be many of these, so the server looks for the ones that are meant. */
const lookedUp: readonly RunField[] = ['actor', 'label'];

/** The word for a value, as the filters show it. */
export function valueName(field: RunField, value: string): string {
  if (field === 'status') return appearanceOf(shownStatus(value)).word;
  // People and labels are called what they are called.
  return field === 'event' ? value.replaceAll('_', ' ') : value;
}

/** First which filter, then its values; where there is but one filter, its values at once. */
export function MoreFilters() {
  const fields = ownFieldsOf(usePath()) ?? ownFields;
  return (
    <Popover label="More filters" icon="plus" face="Filter" arrow={false} align="end">
      {(close) => <Choice fields={fields} close={close} />}
    </Popover>
  );
}

function Choice({ fields, close }: { fields: readonly OwnField[]; close: () => void }) {
  const [field, setField] = useState(fields.length === 1 ? fields[0] : undefined);
  const search = useFilters();
  const setFilters = useSetFilters();
  if (field === 'commit') return <Commit close={close} />;
  if (field !== undefined && field !== 'min_attempt') return <Values field={field} />;
  const again = search.min_attempt !== undefined;
  return (
    <Menu
      close={() => undefined}
      items={fields.map((key) =>
        key === 'min_attempt'
          ? {
              label: 'Run more than once',
              chosen: again,
              run: () => {
                setFilters((latest) => ({ min_attempt: latest.min_attempt === undefined ? '2' : undefined }));
                close();
              },
            }
          : {
              label: key === 'commit' ? 'Commit' : runFields[key],
              run: () => {
                setField(key);
              },
            },
      )}
    />
  );
}

/** A commit is typed: there are too many to choose from. */
function Commit({ close }: { close: () => void }) {
  const before = useFilters().commit;
  const setFilters = useSetFilters();
  const [text, setText] = useState(before ?? '');
  const apply = (event: SyntheticEvent): void => {
    event.preventDefault();
    setFilters({ commit: text.trim() === '' ? undefined : text.trim() });
    close();
  };
  return (
    <form className="flex w-72 flex-col gap-2 p-3" onSubmit={apply}>
      <label className="flex flex-col gap-1">
        <span className="text-control font-medium">Commit</span>
        <input
          autoFocus
          value={text}
          maxLength={64}
          aria-describedby="commit-hint"
          className="h-8 rounded-control border border-line-strong bg-bg px-2 max-sm:text-section coarse:h-11"
          onChange={(event) => {
            setText(event.target.value);
          }}
        />
      </label>
      <p id="commit-hint" className="text-caption text-ink-2">
        A commit id, or how it begins
      </p>
      <Button look="strong" type="submit">
        Apply
      </Button>
    </form>
  );
}

function Values({ field }: { field: RunField }) {
  const search = useFilters();
  const setFilters = useSetFilters();
  const [text, setText] = useState('');
  const isLookedUp = lookedUp.includes(field);
  const wanted = useDeferredValue(isLookedUp ? text.trim() : '');
  const queryOf = (words: string) => facetQuery(field, globalFilter(search), words);
  const client = useQueryClient();
  const asked = useQuery(queryOf(wanted));
  const { data } = asked;
  const chosen = search[field] ?? [];
  // The numbers are of runs, and the log search finds lines.
  const isCounted = usePath() !== '/search';
  const optionsOf = (values: typeof data = []) =>
    values
      .map(({ value, count }) => ({ value, label: valueName(field, value), ...(isCounted && { count }) }))
      .filter(({ label }) => isLookedUp || label.toLowerCase().includes(text.toLowerCase()));
  const name = runFields[field].toLowerCase();
  return (
    <Picker
      label={runFields[field]}
      placeholder={`Find: ${name}`}
      text={text}
      onText={setText}
      options={optionsOf(data)}
      isComing={(isLookedUp && wanted !== text.trim()) || isComing(asked)}
      onLate={async () => optionsOf(await client.query(queryOf(isLookedUp ? text.trim() : '')))}
      chosen={chosen}
      onToggle={(value) => {
        setFilters(changeList(field, (values) => toggled(values, value)));
      }}
      onOnly={(value) => {
        setFilters({ [field]: [value] });
      }}
      empty={data === undefined ? 'Loading…' : 'None in this window.'}
    />
  );
}
