/** What people do about alerts, and what they are told of it. */

import type { InfiniteData, QueryClient } from '@tanstack/react-query';
import { ApiError, send } from '~/api/client';
import type { Alert, AlertPage } from '~/api/types';
import { counted } from '~/lib/numbers';
import { instantOf, since, wallClock, type Hours } from '~/lib/time';
import { toast } from '~/lib/toasts';

type Action = 'ack' | 'unack' | 'mute' | 'unmute' | 'resolve';
const atOnce = 4;

/** Do something to alerts, a few at a time; returns how many it was done to. */
async function act(
  client: QueryClient,
  alerts: readonly Alert[],
  action: Action,
  { body = {}, patch = {} }: { body?: Readonly<Record<string, unknown>>; patch?: Partial<Alert> } = {},
): Promise<number> {
  show(client, alerts, patch);
  const waiting = [...alerts];
  const problems: unknown[] = [];
  const work = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      try {
        await send('POST', `/api/v1/alerts/${next.id}/${action}`, body);
      } catch (error) {
        problems.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  void client.invalidateQueries({ queryKey: ['alerts'] });
  if (problems.length > 0) tell(problems, alerts.length);
  return alerts.length - problems.length;
}

function tell(problems: readonly unknown[], of: number): void {
  const said = problems[0] instanceof ApiError ? problems[0].message : 'That did not work';
  toast(of === 1 ? said : `${problems.length} of ${of} did not work: ${said}`, { kind: 'problem' });
}

type Cached = AlertPage | InfiniteData<AlertPage> | undefined;

/** Show what will be before the server has said so; asking again puts right what did not work. */
function show(client: QueryClient, alerts: readonly Alert[], patch: Partial<Alert>): void {
  const ids = new Set(alerts.map((alert) => alert.id));
  const change = (page: AlertPage): AlertPage => ({
    ...page,
    items: page.items.map((alert) => (ids.has(alert.id) ? { ...alert, ...patch } : alert)),
  });
  for (const kind of ['open', 'list']) {
    client.setQueriesData({ queryKey: ['alerts', kind] }, (data: Cached) => {
      if (data === undefined) return data;
      return 'pages' in data ? { ...data, pages: data.pages.map(change) } : change(data);
    });
  }
}

/** Acknowledge, with a way back for eight seconds. */
export async function acknowledge(client: QueryClient, alerts: readonly Alert[], note = ''): Promise<void> {
  const now = new Date().toISOString();
  const done = await act(client, alerts, 'ack', {
    body: note === '' ? {} : { note },
    patch: { acknowledged: true, acknowledged_at: now, ...(note === '' ? {} : { note }) },
  });
  if (done === 0) return;
  toast(done === 1 ? 'Acknowledged: reminders stop' : `${counted(done, 'alert')} acknowledged`, {
    action: { label: 'Undo', run: () => void giveBack(client, alerts) },
  });
}

/** Take an acknowledgement back. */
export async function giveBack(client: QueryClient, alerts: readonly Alert[]): Promise<void> {
  const patch = { acknowledged: false, acknowledged_at: null, acknowledged_by: null, note: null };
  await act(client, alerts, 'unack', { patch });
}

/** Mute until an instant; without one until it is resolved. `said` is the end in words. */
export async function mute(
  client: QueryClient,
  alerts: readonly Alert[],
  { until, said }: { until: number | null; said: string },
): Promise<void> {
  const end = until === null ? null : new Date(until).toISOString();
  const body = end === null ? {} : { until: end };
  const done = await act(client, alerts, 'mute', { body, patch: { muted: true, muted_until: end } });
  if (done === 0) return;
  toast(done === 1 ? `Muted ${said}` : `${counted(done, 'alert')} muted ${said}`, {
    action: { label: 'Undo', run: () => void unmute(client, alerts) },
  });
}

/** Send again what there is to tell. */
export async function unmute(client: QueryClient, alerts: readonly Alert[]): Promise<void> {
  await act(client, alerts, 'unmute', { patch: { muted: false, muted_until: null } });
}

/** Resolve by hand. */
export async function resolve(client: QueryClient, alerts: readonly Alert[]): Promise<void> {
  const done = await act(client, alerts, 'resolve');
  if (done > 0) toast(done === 1 ? 'Resolved' : `${counted(done, 'alert')} resolved`);
}

/** `until 18:00`, `until tomorrow 09:00`, `until it is resolved`. */
export function untilWords(end: string | number | null, zone: string, now: number, hours: Hours): string {
  if (end === null) return 'until it is resolved';
  const tomorrow = wallClock(now + 86_400_000, zone).slice(0, 10) === wallClock(end, zone).slice(0, 10);
  const time = since(end, zone, now, hours);
  return `until ${tomorrow ? `tomorrow ${time.split(' ').at(-1) ?? time}` : time}`;
}

/** Tomorrow at nine by the clocks of a zone. */
export function tomorrowMorning(now: number, zone: string): number {
  const today = Date.parse(`${wallClock(now, zone).slice(0, 10)}T00:00Z`);
  const day = new Date(today + 86_400_000).toISOString().slice(0, 10);
  return instantOf(`${day}T09:00`, zone);
}
