/** New runs that wait above a list: a button that lets them in. */

import { counted } from '~/lib/numbers';
import { buttonClass } from '~/ui/Button';
import { Icon } from '~/ui/Icon';

/** Floats over the top of the list, wherever one has scrolled. */
export function Newcomers({ count, show }: { count: number; show: () => void }) {
  if (count === 0) return null;
  return (
    <div className="pointer-events-none sticky top-[132px] z-10 flex h-0 justify-center">
      <button
        type="button"
        className={buttonClass('strong', 'pointer-events-auto mt-1 rounded-pill! shadow-float')}
        onClick={show}
      >
        <Icon name="up" />
        {counted(count, 'new run')}
      </button>
    </div>
  );
}
