/** The filters of the list that are on, each with a way to take it off. */

import { changeList, ownFields, ownFieldsOf, useFilters, usePath, useSetFilters } from '~/features/filters/choosing';
import { runFields, valueName, type RunField } from '~/features/runs/MoreFilters';
import { Icon } from '~/ui/Icon';

interface Chip {
  key: string;
  text: string;
  remove: () => void;
}

/** Nothing when no filter is on. */
export function RunChips() {
  const search = useFilters();
  const setFilters = useSetFilters();
  const own = ownFieldsOf(usePath()) ?? ownFields;
  const listed = (Object.keys(runFields) as RunField[]).filter((field) => own.includes(field));
  const chips: Chip[] = listed.flatMap((field) =>
    (search[field] ?? []).map((value) => ({
      key: `${field} ${value}`,
      text: `${runFields[field]}: ${valueName(field, value)}`,
      remove: () => {
        setFilters(changeList(field, (values) => values.filter((one) => one !== value)));
      },
    })),
  );
  for (const [key, name] of [
    ['commit', 'Commit'],
    ['min_attempt', 'Attempts at least'],
  ] as const) {
    const value = search[key];
    if (value === undefined || !own.includes(key)) continue;
    chips.push({
      key,
      text: `${name}: ${value}`,
      remove: () => {
        setFilters({ [key]: undefined });
      },
    });
  }
  if (chips.length === 0) return null;
  return (
    <ul aria-label="Filters of this list" className="mb-2 flex flex-wrap gap-1.5">
      {chips.map((chip) => (
        <li key={chip.key}>
          <button
            type="button"
            aria-label={`Remove the filter ${chip.text}`}
            className="inline-flex h-6 max-w-72 items-center gap-1 rounded-pill border border-accent bg-selected pr-1 pl-2.5 text-caption text-ink coarse:h-11"
            onClick={chip.remove}
          >
            <span className="truncate">{chip.text}</span>
            <Icon name="close" className="size-3.5" />
          </button>
        </li>
      ))}
    </ul>
  );
}
