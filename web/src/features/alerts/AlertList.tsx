/** The list of alerts that the panel of the bell and the page share. */

import { Link } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState } from 'react';
import type { Alert } from '~/api/types';
import { act, acknowledge, mute, tomorrowMorning } from '~/features/alerts/actions';
import { AlertMessages } from '~/features/alerts/AlertMessages';
import { Button } from '~/ui/Button';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';
import { Ago } from '~/ui/Time';

const hour = 3_600_000;

/** Mark and word of where an alert stands; the word alone says it all. */
function standing(alert: Alert): { mark: string; word: string; look: string } {
  if (alert.state === 'resolved') return { mark: '✓', word: 'Resolved', look: 'text-ok' };
  if (alert.muted) return { mark: '‖', word: 'Muted', look: 'text-ink-2' };
  if (alert.acknowledged) return { mark: '◐', word: 'Acknowledged', look: 'text-warn' };
  if (alert.state === 'pending') return { mark: '○', word: 'Pending', look: 'text-ink-2' };
  return { mark: '●', word: 'Firing', look: 'text-fail' };
}

interface AlertListProps {
  alerts: readonly Alert[];
  /** The one that is open from the start. */
  opened?: number | undefined;
}

/** Alerts, the newest first. */
export function AlertList({ alerts, opened }: AlertListProps) {
  return (
    <ul className="divide-y divide-line">
      {alerts.map((alert) => (
        <Row key={alert.id} alert={alert} isOpened={alert.id === opened} />
      ))}
    </ul>
  );
}

function Row({ alert, isOpened }: { alert: Alert; isOpened: boolean }) {
  const [open, setOpen] = useState(isOpened);
  const { mark, word, look } = standing(alert);
  return (
    <li className="px-3 py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className={clsx('font-semibold whitespace-nowrap', look)}>
          <span aria-hidden="true">{mark} </span>
          {word}
        </span>
        {alert.state !== 'resolved' && (
          <span className="text-caption font-medium uppercase">{alert.severity}</span>
        )}
        <button
          type="button"
          aria-expanded={open}
          className="min-h-6 min-w-0 flex-1 text-left hover:underline"
          onClick={() => { setOpen(!open); }}
        >
          {alert.message}
        </button>
        <span className="text-caption text-ink-2">
          <When alert={alert} />
        </span>
        {alert.state !== 'resolved' && <Actions alert={alert} />}
      </div>
      {alert.note !== null && <p className="mt-1 text-control text-ink-2">“{alert.note}”</p>}
      {open && <Details alert={alert} />}
    </li>
  );
}

function When({ alert }: { alert: Alert }) {
  if (alert.resolved_at !== null) return <Ago at={alert.resolved_at} />;
  if (alert.muted) {
    return <>{alert.muted_until === null ? 'until it is resolved' : `until ${clockOf(alert.muted_until)}`}</>;
  }
  if (alert.acknowledged_at !== null) {
    return <>{alert.acknowledged_by ?? 'somebody'}, <Ago at={alert.acknowledged_at} /></>;
  }
  return <>since <Ago at={alert.since} /></>;
}

function clockOf(at: string): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}

function Actions({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const resolve = async (): Promise<void> => {
    setAsking(false);
    await act(client, alert, 'resolve');
  };
  return (
    <div className="flex flex-wrap items-center gap-1">
      {alert.acknowledged ? (
        <Button look="quiet" onClick={() => void act(client, alert, 'unack')}>Give back</Button>
      ) : (
        <Button onClick={() => void acknowledge(client, alert)}>Acknowledge</Button>
      )}
      {alert.muted ? (
        <Button onClick={() => void act(client, alert, 'unmute')}>Unmute</Button>
      ) : (
        <MuteMenu alert={alert} />
      )}
      {asking ? (
        <span role="group" aria-label="Resolve" className="flex flex-wrap items-center gap-1 text-control">
          If the condition still holds, it will fire again at the next check (60 s).
          <Button look="danger" onClick={() => void resolve()}>Resolve</Button>
          <Button look="quiet" onClick={() => { setAsking(false); }}>Cancel</Button>
        </span>
      ) : (
        <Button look="quiet" onClick={() => { setAsking(true); }}>Resolve</Button>
      )}
    </div>
  );
}

function MuteMenu({ alert }: { alert: Alert }) {
  const client = useQueryClient();
  const until = (end: Date | null) => (): void => { void mute(client, alert, end); };
  return (
    <Popover label={`Mute ${alert.message}`} face="Mute" role="menu" align="end">
      {(close) => {
        const now = new Date();
        return (
          <Menu
            close={close}
            items={[
              { label: 'For 1 hour', run: until(new Date(now.getTime() + hour)) },
              { label: 'For 4 hours', run: until(new Date(now.getTime() + 4 * hour)) },
              { label: 'Until tomorrow 09:00', run: until(tomorrowMorning(now)) },
              { label: 'Until it is resolved', run: until(null) },
            ]}
          />
        );
      }}
    </Popover>
  );
}

function Details({ alert }: { alert: Alert }) {
  return (
    <div className="mt-2 flex flex-col gap-2 rounded-control bg-sunken p-3 text-control">
      <p className="flex flex-wrap gap-x-4 gap-y-1">
        {alert.run_id !== null && (
          <Link to="/runs/$runId" params={{ runId: String(alert.run_id) }} className="text-link underline">
            The run it began with
          </Link>
        )}
        {alert.rule !== null && (
          <Link to="/alerts/rules" className="text-link underline">Rule: {alert.rule}</Link>
        )}
        {alert.resolution !== null && <span>Resolved: {alert.resolution}</span>}
        {alert.silent && <span>Found in history, so nobody was told.</span>}
      </p>
      <AlertMessages id={alert.id} />
    </div>
  );
}
