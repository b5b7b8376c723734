/** One alert: where it stands, what it says, who has it, and what can be done about it. */

import { useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState } from 'react';
import type { Alert } from '~/api/types';
import { acknowledge, giveBack, unmute, untilWords } from '~/features/alerts/actions';
import { AlertDetails } from '~/features/alerts/AlertDetails';
import { MuteMenu } from '~/features/alerts/MuteMenu';
import { useResolving } from '~/features/alerts/useResolving';
import { useNow } from '~/lib/ticker';
import { lasting } from '~/lib/time';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Ago } from '~/ui/Time';
import { useZone } from '~/ui/zone';

interface Standing {
  mark: string;
  word: string;
  look: string;
}

/** Mark and word of where an alert stands; the word alone says it all. */
function standing(alert: Alert): Standing {
  if (alert.state === 'resolved') return { mark: '✓', word: 'Resolved', look: 'text-ok' };
  if (alert.muted) return { mark: '‖', word: 'Muted', look: 'text-ink-2' };
  if (alert.acknowledged) return { mark: '◐', word: 'Acknowledged', look: 'text-warn' };
  if (alert.state === 'pending') return { mark: '○', word: 'Pending', look: 'text-ink-2' };
  return { mark: '●', word: 'Firing', look: 'text-fail' };
}

interface AlertRowProps {
  alert: Alert;
  isOpened?: boolean;
  /** Only where several can be marked. */
  marking?: { isMarked: boolean; toggle: () => void };
}

/** What is under the row is asked for when it is opened. */
export function AlertRow({ alert, isOpened = false, marking }: AlertRowProps) {
  const [open, setOpen] = useState(isOpened);
  const { mark, word, look } = standing(alert);
  const isOver = alert.state === 'resolved';
  return (
    <li
      data-alert={alert.id}
      data-run={alert.run_id ?? undefined}
      className={clsx('px-3 py-2', marking?.isMarked === true ? 'bg-selected' : 'hover:bg-hover focus-within:bg-hover')}
    >
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        {marking !== undefined && (
          <label className="grid size-6 place-items-center coarse:size-11">
            <input type="checkbox" aria-label={`Mark ${alert.message}`} checked={marking.isMarked} onChange={marking.toggle} />
          </label>
        )}
        <span className={clsx('font-semibold whitespace-nowrap sm:w-32', look)}>
          <span aria-hidden="true">{mark} </span>
          {word}
        </span>
        <span className={clsx('text-caption font-medium uppercase sm:w-16', alert.severity === 'critical' && !isOver ? 'text-fail' : 'text-ink-2')}>
          {alert.severity}
        </span>
        <button
          type="button"
          data-expand
          aria-expanded={open}
          className="flex min-h-6 min-w-48 flex-1 items-center gap-1 text-left font-medium hover:underline coarse:min-h-11"
          onClick={() => { setOpen(!open); }}
        >
          <Icon name={open ? 'down' : 'right'} className="size-3.5 text-ink-3" />
          <span className="min-w-0 break-words">{alert.message}</span>
        </button>
        <span className="text-caption text-ink-2"><When alert={alert} /></span>
        {!isOver && <Actions alert={alert} />}
      </div>
      {alert.note !== null && <p className={clsx('mt-1 text-control text-ink-2', marking !== undefined && 'sm:pl-9')}>“{alert.note}”</p>}
      {open && <AlertDetails alert={alert} />}
    </li>
  );
}

function When({ alert }: { alert: Alert }) {
  const { zone, hours } = useZone();
  const now = useNow(10);
  if (alert.resolved_at !== null) return <Ago at={alert.resolved_at} />;
  if (alert.muted) return <>{untilWords(alert.muted_until, zone, now, hours)}</>;
  if (alert.acknowledged_at !== null) {
    const who = alert.acknowledged_by;
    return <>{who !== null && who !== 'somebody' && `${who}, `}<Ago at={alert.acknowledged_at} /></>;
  }
  return <>for {lasting(Math.max(0, now - Date.parse(alert.since)) / 1000)}</>;
}

function Actions({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const resolving = useResolving();
  return (
    <div className="flex flex-wrap items-center gap-1">
      {alert.acknowledged ? (
        <Button look="quiet" data-act="ack" onClick={() => void giveBack(client, [alert])}>Give back</Button>
      ) : (
        <Button data-act="ack" onClick={() => void acknowledge(client, [alert])}>Acknowledge</Button>
      )}
      {alert.muted ? (
        <Button onClick={() => void unmute(client, [alert])}>Unmute</Button>
      ) : (
        <MuteMenu alerts={[alert]} label={`Mute ${alert.message}`} hotspot={`mute ${alert.id}`} />
      )}
      <Button look="quiet" aria-disabled={resolving.busy} onClick={() => { resolving.ask([alert]); }}>Resolve</Button>
      {resolving.dialog}
    </div>
  );
}
