/** What people do about an alert, and what they are told of it. */

import type { QueryClient } from '@tanstack/react-query';
import { ApiError, send } from '~/api/client';
import type { Alert, AlertDetail } from '~/api/types';
import { toast } from '~/lib/toasts';

/** Send one action; the lists are asked again whatever comes of it. */
export async function act(
  client: QueryClient,
  alert: Pick<Alert, 'id'>,
  action: 'ack' | 'unack' | 'mute' | 'unmute' | 'resolve',
  body: Readonly<Record<string, unknown>> = {},
): Promise<AlertDetail | null> {
  try {
    return await send<AlertDetail>('POST', `/api/v1/alerts/${String(alert.id)}/${action}`, body);
  } catch (error) {
    toast(error instanceof ApiError ? error.message : 'That did not work', { kind: 'problem' });
    return null;
  } finally {
    void client.invalidateQueries({ queryKey: ['alerts'] });
  }
}

/** Acknowledge, with a way back for eight seconds. */
export async function acknowledge(client: QueryClient, alert: Alert): Promise<void> {
  const done = await act(client, alert, 'ack');
  if (done === null) return;
  toast('Acknowledged: reminders stop', {
    action: { label: 'Undo', run: () => void act(client, alert, 'unack') },
  });
}

/** Mute until an instant; without one until it is resolved. */
export async function mute(client: QueryClient, alert: Alert, until: Date | null): Promise<void> {
  const body = until === null ? {} : { until: until.toISOString() };
  const done = await act(client, alert, 'mute', body);
  if (done === null) return;
  toast(until === null ? 'Muted until it is resolved' : 'Muted', {
    action: { label: 'Undo', run: () => void act(client, alert, 'unmute') },
  });
}

/** Tomorrow at nine by the clock of this machine. */
export function tomorrowMorning(now: Date): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1, 9);
}
