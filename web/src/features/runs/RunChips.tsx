/** The filters of the list that are on, each with a way to take it off. */

import { runFields, valueName, type RunField } from '~/features/runs/MoreFilters';
import { useSearchParams, useSetSearch } from '~/lib/router';
import { Icon } from '~/ui/Icon';

interface Chip {
  key: string;
  text: string;
  remove: () => void;
}

/** Nothing when no filter is on. */
export function RunChips() {
  const search = useSearchParams();
  const setSearch = useSetSearch();
  const chips: Chip[] = (Object.keys(runFields) as RunField[]).flatMap((field) =>
    (search[field] ?? []).map((value) => ({
      key: `${field} ${value}`,
      text: `${runFields[field]}: ${valueName(field, value)}`,
      remove: () => {
        const rest = (search[field] ?? []).filter((one) => one !== value);
        setSearch({ [field]: rest.length === 0 ? undefined : rest });
      },
    })),
  );
  for (const [key, name] of [
    ['commit', 'Commit'],
    ['label', 'Runner label'],
    ['min_attempt', 'Attempts at least'],
  ] as const) {
    const value = search[key];
    if (value === undefined) continue;
    chips.push({
      key,
      text: `${name}: ${Array.isArray(value) ? value.join(', ') : value}`,
      remove: () => {
        setSearch({ [key]: undefined });
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
