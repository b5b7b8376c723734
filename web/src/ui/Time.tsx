/** An instant: relative to read, absolute on hover and focus. */

import { useNow } from '~/lib/ticker';
import { ago, fullTime } from '~/lib/time';
import { useZone } from '~/ui/zone';

/** `4 min ago`; its title is the full time in the chosen zone. */
export function Ago({ at, className }: { at: string; className?: string }) {
  const { zone, hours } = useZone();
  const now = useNow(10);
  return (
    <time dateTime={at} title={fullTime(at, zone, hours)} className={className}>
      {ago(at, now, zone)}
    </time>
  );
}
