/** Asks again for everything on the screen, and says how old it is. */

import { useIsFetching, useQueryClient } from '@tanstack/react-query';
import { useShellKeys } from '~/lib/keys';
import { clockSkew, useNow } from '~/lib/ticker';
import { roughly } from '~/lib/time';
import { Icon } from '~/ui/Icon';
import { Tip } from '~/ui/Tip';

/** Refresh, with the age of the oldest answer that is in sight. */
export function RefreshButton() {
  const client = useQueryClient();
  const fetching = useIsFetching() > 0;
  const now = useNow(5);
  const inSight = client.getQueryCache().findAll({ type: 'active' });
  const oldest = Math.min(
    ...inSight.map((query) => query.state.dataUpdatedAt).filter((at) => at > 0),
  );
  const age = Number.isFinite(oldest) ? Math.max(0, (now - clockSkew() - oldest) / 1000) : 0;
  const refresh = (): void => void client.invalidateQueries({ refetchType: 'active' });
  useShellKeys({ r: refresh });
  const label = `Refresh, updated ${age < 5 ? 'just now' : `${roughly(age)} ago`}`;
  return (
    <Tip text={label} keys="r">
      <button
        type="button"
        aria-label={label}
        className="inline-flex h-7 w-7 items-center justify-center rounded-control text-ink-2 hover:bg-hover hover:text-ink max-sm:hidden coarse:size-11"
        onClick={refresh}
      >
        <Icon name="refresh" className={fetching ? 'spinning' : ''} />
      </button>
    </Tip>
  );
}
