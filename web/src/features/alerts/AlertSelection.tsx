/** What can be done with the alerts that are marked. */

import { useQueryClient } from '@tanstack/react-query';
import type { Alert } from '~/api/types';
import { acknowledge } from '~/features/alerts/actions';
import { MuteMenu } from '~/features/alerts/MuteMenu';
import { useResolving } from '~/features/alerts/useResolving';
import { counted } from '~/lib/numbers';
import { Button } from '~/ui/Button';

interface AlertSelectionProps {
  alerts: readonly Alert[];
  clear: () => void;
}

/** A bar at the bottom while alerts are marked; those that are over are left alone. */
export function AlertSelection({ alerts, clear }: AlertSelectionProps) {
  const client = useQueryClient();
  const resolving = useResolving(clear);
  const open = alerts.filter((alert) => alert.state !== 'resolved');
  if (alerts.length === 0) return null;
  return (
    <section
      aria-label="Marked alerts"
      className="popping fixed bottom-4 left-1/2 z-20 flex w-max max-w-[calc(100vw-16px)] -translate-x-1/2 flex-wrap items-center gap-2 rounded-card border border-line bg-raised p-2 pl-3 text-control shadow-float max-lg:bottom-20"
    >
      <span>{counted(alerts.length, 'alert')} marked</span>
      {open.length > 0 && (
        <>
          <Button onClick={() => { void acknowledge(client, open); clear(); }}>Acknowledge</Button>
          <MuteMenu alerts={open} label="Mute what is marked" done={clear} />
          <Button aria-disabled={resolving.busy} onClick={() => { resolving.ask(open); }}>Resolve</Button>
        </>
      )}
      <Button look="quiet" onClick={clear}>Clear</Button>
      {resolving.dialog}
    </section>
  );
}
