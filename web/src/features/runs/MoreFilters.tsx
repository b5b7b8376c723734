/** The filters that only a list of runs has: status, event, person, runner label, attempts. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { globalFilter } from '~/api/filter';
import { facetQuery } from '~/api/queries';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { appearanceOf, shownStatus } from '~/lib/status';
import { Menu } from '~/ui/Menu';
import { Picker } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';

export const runFields = {
  status: 'Status',
  event: 'Event',
  actor: 'Triggered by',
} as const;

export type RunField = keyof typeof runFields;

/** The word for a value, as the filters show it. */
export function valueName(field: RunField, value: string): string {
  return field === 'status' ? appearanceOf(shownStatus(value)).word : value.replaceAll('_', ' ');
}

/** First which filter, then its values. */
export function MoreFilters() {
  return (
    <Popover label="More filters" icon="plus" face="Filter" arrow={false} align="end">
      {(close) => <Choice close={close} />}
    </Popover>
  );
}

function Choice({ close }: { close: () => void }) {
  const [field, setField] = useState<RunField | null>(null);
  const search = useSearchParams();
  const setSearch = useSetSearch();
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
        {
          label: 'Run more than once',
          chosen: search.min_attempt !== undefined,
          run: () => {
            setSearch({ min_attempt: search.min_attempt === undefined ? '2' : undefined });
            close();
          },
        },
      ]}
    />
  );
}

function Values({ field }: { field: RunField }) {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const [text, setText] = useState('');
  const { data } = useQuery(facetQuery(field, globalFilter(search), ''));
  const chosen = search[field] ?? [];
  const set = (values: readonly string[]): void => {
    setSearch({ [field]: values.length === 0 ? undefined : [...values] });
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
