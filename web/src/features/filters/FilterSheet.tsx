/** All filters of a page on a phone: gathered in a sheet, applied together when it closes. */

import { useQuery } from '@tanstack/react-query';
import { useEffect, useEffectEvent, useState } from 'react';
import { runFilter } from '~/api/filter';
import { recentRunsQuery } from '~/api/queries';
import { totalOf } from '~/api/runLists';
import {
  activeFilters,
  cleared,
  DraftContext,
  useApplyFilters,
  useFilters,
  usePath,
} from '~/features/filters/choosing';
import { Facets } from '~/features/filters/FilterBar';
import { RangePicker } from '~/features/filters/RangePicker';
import { MoreFilters } from '~/features/runs/MoreFilters';
import { RunChips } from '~/features/runs/RunChips';
import { counted } from '~/lib/numbers';
import { changeOf, useSearchParams, type Change, type Choice } from '~/lib/router';
import { Button } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

/** Whatever closes it, going back too, what was chosen is one step in the history. */
export default function FilterSheet({ close }: { close: () => void }) {
  const search = useSearchParams();
  const path = usePath();
  const [chosen, setChosen] = useState<Change>({});
  const apply = useApplyFilters();
  const draft = { ...search, ...chosen };
  const add = (choice: Choice): void => {
    setChosen((before) => ({ ...before, ...changeOf(choice, { ...search, ...before }) }));
  };
  const leave = useEffectEvent(() => {
    if (Object.keys(chosen).length > 0) apply(chosen);
  });
  useEffect(() => () => { leave(); }, []);
  return (
    <Sheet title="Filters" close={close}>
      <DraftContext value={{ search: draft, add }}>
        <div className="flex flex-col items-stretch gap-3">
          <Facets />
          <RangePicker />
          <MoreFilters />
          <RunChips />
          <div className="flex gap-2">
            {activeFilters(draft, path) > 0 && (
              <Button
                onClick={() => {
                  add((latest) => cleared(latest, path));
                }}
              >
                Clear
              </Button>
            )}
            <Button look="strong" className="flex-1" onClick={close}>
              <Outcome />
            </Button>
          </div>
        </div>
      </DraftContext>
    </Sheet>
  );
}

/** What closing leads to, counted before it is done. */
function Outcome() {
  const draft = useFilters();
  const isOfRuns = usePath() !== '/search';
  const found = useQuery({ ...recentRunsQuery(runFilter(draft), 1), enabled: isOfRuns });
  if (!isOfRuns) return 'Apply';
  if (found.data === undefined || found.isPlaceholderData) return 'Show runs';
  const total = totalOf(found.data);
  return total === 0 ? 'Apply — no run matches' : `Show ${counted(total, 'run')}`;
}
