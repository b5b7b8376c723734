/** One filter with many values: a button that says what is chosen, and the list behind it. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { facetQuery, isComing } from '~/api/queries';
import type { FacetField } from '~/api/types';
import { globalFilter, type Filter } from '~/api/filter';
import { changeList, toggled, useFilters, useSetFilters } from '~/features/filters/choosing';
import { anyBranch, defaultBranch, type Search } from '~/lib/search';
import { Picker, type Option } from '~/ui/Picker';
import { Popover } from '~/ui/Popover';

type Field = Extract<FacetField, 'repo' | 'workflow' | 'branch'>;

interface FacetFilterProps {
  field: Field;
  name: string;
  /** What the button says when nothing is chosen. */
  all: string;
}

const specialBranches: readonly Option[] = [
  { value: defaultBranch, label: 'Default branch', note: 'of each repository' },
  { value: anyBranch, label: 'Any branch' },
];

function isSpecial(value: string): boolean {
  return value === anyBranch || value === defaultBranch;
}

/** Those that stand for themselves alone: the special ones go with no others. */
function named(values: readonly string[]): readonly string[] {
  return values.filter((one) => !isSpecial(one));
}

function labelOf(value: string): string {
  return specialBranches.find((option) => option.value === value)?.label ?? value;
}

/** The button and its popover. */
export function FacetFilter({ field, name, all }: FacetFilterProps) {
  const chosen = useFilters()[field] ?? [];
  const first = chosen[0];
  const shown =
    first === undefined ? all : chosen.length === 1 ? labelOf(first) : `${chosen.length} chosen`;
  return (
    <Popover
      label={name}
      hotspot={field}
      className={first === undefined ? '' : 'border-accent! bg-selected!'}
      face={
        <>
          <span className="font-normal text-ink-2">{name}</span>
          <span className="max-w-40 truncate">{shown}</span>
        </>
      }
    >
      {() => <FacetList field={field} name={name} />}
    </Popover>
  );
}

/** The list of values with their counts. */
export function FacetList({ field, name }: { field: Field; name: string }) {
  const search = useFilters();
  const setFilters = useSetFilters();
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim());
  const queryOf = (words: string) => facetQuery(field, filterWithout(search, field), words);
  const client = useQueryClient();
  const asked = useQuery(queryOf(wanted));
  const { data } = asked;
  const fallback = field === 'branch' ? [defaultBranch] : [];
  const chosen = search[field] ?? fallback;
  const toggle = (value: string): void => {
    setFilters(changeList(field, (values) => (isSpecial(value) ? [value] : toggled(named(values), value))));
  };
  return (
    <Picker
      label={name}
      placeholder={`Find a ${name.toLowerCase()}`}
      text={text}
      onText={setText}
      options={optionsOf(field, data ?? [], wanted)}
      isComing={wanted !== text.trim() || isComing(asked)}
      onLate={async () => optionsOf(field, await client.query(queryOf(text.trim())), text.trim())}
      chosen={chosen}
      onToggle={toggle}
      onOnly={(value) => {
        setFilters({ [field]: [value] });
      }}
      empty={data === undefined ? 'Loading…' : `No ${name.toLowerCase()} by that name in this window.`}
    />
  );
}

/** A list shows what could be chosen besides, so its own choice does not narrow it. */
function filterWithout(search: Search, field: Field): Filter {
  const kept: Search = { ...search, [field]: undefined };
  if (field === 'branch' || field === 'workflow') kept.branch = [anyBranch];
  return globalFilter(kept);
}

function optionsOf(
  field: Field,
  values: readonly { value: string; label: string; count: number }[],
  text: string,
): Option[] {
  if (field !== 'branch') return [...values];
  const special = specialBranches.filter((option) =>
    option.label.toLowerCase().includes(text.toLowerCase()),
  );
  return [...special, ...values];
}
