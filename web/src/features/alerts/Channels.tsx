/** Where alerts are told: the channels, a test with its answer beside each, and adding one. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState, type SyntheticEvent } from 'react';
import { ApiError, send } from '~/api/client';
import { channelsQuery } from '~/api/queries';
import type { AlertChannel, ChannelTest } from '~/api/types';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';

/** Every channel with its test button. */
export function Channels() {
  const asked = useQuery(channelsQuery);
  return (
    <Card title="Channels">
      <Answer what="the channels" asked={asked} skeleton={<Bone className="m-3 h-20" />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nobody is told yet">
              Set SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL or SMTP_HOST, or add a channel here.
            </Empty>
          ) : (
            <ul className="divide-y divide-line">
              {page.items.map((channel) => <Row key={channel.id} channel={channel} />)}
            </ul>
          )
        }
      </Answer>
      <AddChannel />
    </Card>
  );
}

function Row({ channel }: { channel: AlertChannel }) {
  const client = useQueryClient();
  const [result, setResult] = useState<{ ok: boolean; words: string } | null>(null);
  const [busy, setBusy] = useState(false);
  const path = `/api/v1/channels/${String(channel.id)}`;
  const test = async (): Promise<void> => {
    setBusy(true);
    try {
      const said = await send<ChannelTest>('POST', `${path}/test`, {});
      const status = said.status === null ? '' : ` ${String(said.status)}`;
      const words = said.ok
        ? `${channel.name}${status} in ${String(said.latency_ms)} ms`
        : `${channel.name}: ${said.detail}`;
      setResult({ ok: said.ok, words });
    } catch (error) {
      setResult({ ok: false, words: error instanceof ApiError ? error.message : 'No answer' });
    } finally {
      setBusy(false);
    }
  };
  const change = async (method: 'PUT' | 'DELETE', body?: unknown): Promise<void> => {
    try {
      await send(method, path, body);
    } catch (error) {
      toast(error instanceof ApiError ? error.message : 'That did not work', { kind: 'problem' });
    }
    void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <span className="font-medium">{channel.name}</span>
      <span className="text-ink-2">{channel.kind}{channel.enabled ? '' : ' · off'}</span>
      <span className="min-w-0 flex-1 text-caption text-ink-2">{channel.promise}</span>
      <Button disabled={busy} onClick={() => void test()}>Test {channel.name}</Button>
      {!channel.from_environment && (
        <>
          <Button look="quiet" onClick={() => void change('PUT', { enabled: !channel.enabled })}>
            Switch {channel.enabled ? 'off' : 'on'}
          </Button>
          <Button look="quiet" aria-label={`Delete ${channel.name}`} onClick={() => void change('DELETE')}>
            Delete
          </Button>
        </>
      )}
      <p role="status" className={clsx('w-full text-control', result?.ok === true ? 'text-ok' : 'text-fail')}>
        {result !== null && `${result.ok ? '✓' : '✕'} ${result.words}`}
      </p>
    </li>
  );
}

const box = 'h-7 rounded-control border border-line bg-bg px-2 text-control coarse:min-h-11';

function AddChannel() {
  const client = useQueryClient();
  const [kind, setKind] = useState('slack');
  const [name, setName] = useState('');
  const [url, setUrl] = useState('');
  const [problem, setProblem] = useState('');
  const add = async (event: SyntheticEvent): Promise<void> => {
    event.preventDefault();
    setProblem('');
    try {
      await send('POST', '/api/v1/channels', { kind, name, url });
      setName('');
      setUrl('');
      void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
    } catch (error) {
      setProblem(error instanceof ApiError ? (error.fields[0]?.message ?? error.message) : 'No answer');
    }
  };
  return (
    <form className="flex flex-wrap items-end gap-2 border-t border-line p-3" onSubmit={(event) => void add(event)}>
      <label className="flex flex-col text-caption text-ink-2">
        Kind
        <select className={box} value={kind} onChange={(event) => { setKind(event.target.value); }}>
          <option value="slack">Slack</option>
          <option value="teams">Teams</option>
          <option value="webhook">Webhook</option>
        </select>
      </label>
      <label className="flex flex-col text-caption text-ink-2">
        Name
        <input required className={box} value={name} onChange={(event) => { setName(event.target.value); }} />
      </label>
      <label className="flex min-w-0 flex-1 flex-col text-caption text-ink-2">
        Address
        <input required type="url" className={box} value={url} onChange={(event) => { setUrl(event.target.value); }} />
      </label>
      <Button type="submit" look="strong">Add channel</Button>
      {problem !== '' && <p role="alert" className="w-full text-control text-fail">{problem}</p>}
    </form>
  );
}
