/** All filters of a page on a phone: chosen in a sheet, applied when it is closed. */

import { Facets } from '~/features/filters/FilterBar';
import { RangePicker } from '~/features/filters/RangePicker';
import { MoreFilters } from '~/features/runs/MoreFilters';
import { Button } from '~/ui/Button';
import { Sheet } from '~/ui/overlays/Sheet';

/** The sheet; every choice is a step in the history, closing it just closes it. */
export default function FilterSheet({ close }: { close: () => void }) {
  return (
    <Sheet title="Filters" close={close}>
      <div className="flex flex-col items-stretch gap-3">
        <Facets />
        <RangePicker />
        <MoreFilters />
        <Button look="strong" onClick={close}>
          Show
        </Button>
      </div>
    </Sheet>
  );
}
