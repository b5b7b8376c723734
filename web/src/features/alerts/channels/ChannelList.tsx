/** Where alerts are told: the channels, each with its test and what came of it. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState } from 'react';
import { ApiError, send } from '~/api/client';
import { channelsQuery } from '~/api/alertQueries';
import type { AlertChannel, ChannelTest } from '~/api/types';
import { ChannelForm } from '~/features/alerts/channels/ChannelForm';
import { described } from '~/features/alerts/channels/forms';
import { count, counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { Button, IconButton } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Switch } from '~/ui/Switch';
import { Ago } from '~/ui/Time';

interface Result {
  ok: boolean;
  words: string;
}

type Tried = Readonly<Record<number, Result | 'busy'>>;

/** Every channel; a new one is tried as soon as it is there. */
export function ChannelList() {
  const asked = useQuery(channelsQuery);
  const [adding, setAdding] = useState(false);
  const [tried, setTried] = useState<Tried>({});
  const test = async (channel: AlertChannel): Promise<void> => {
    setTried((before) => ({ ...before, [channel.id]: 'busy' }));
    const result = await tryOut(channel);
    setTried((before) => ({ ...before, [channel.id]: result }));
  };
  const add = (
    <Button look="strong" icon="plus" onClick={() => { setAdding(true); }}>
      Add a channel
    </Button>
  );
  return (
    <Card title="Channels" actions={!adding && add} busy={asked.isFetching && !asked.isPending}>
      {adding && (
        <ChannelForm close={() => { setAdding(false); }} added={(channel) => void test(channel)} />
      )}
      <Answer what="the channels" asked={asked} skeleton={<Bone className="m-3 h-20" />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="Nobody is told yet">
              Add Slack, e-mail, Teams or a webhook here. On the server, SLACK_WEBHOOK_URL,
              TEAMS_WEBHOOK_URL or SMTP_HOST do the same.
            </Empty>
          ) : (
            <ul className="divide-y divide-line border-t border-line">
              {page.items.map((channel) => (
                <Row key={channel.id} channel={channel} tried={tried[channel.id]} test={() => void test(channel)} />
              ))}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}

async function tryOut(channel: AlertChannel): Promise<Result> {
  try {
    const said = await send<ChannelTest>('POST', `/api/v1/channels/${channel.id}/test`, {});
    if (said.ok) return { ok: true, words: `${channel.name} ${said.status ?? ''} in ${count(said.latency_ms)} ms` };
    return { ok: false, words: `${channel.name}: ${said.detail}` };
  } catch (error) {
    return { ok: false, words: error instanceof ApiError ? error.message : 'No answer' };
  }
}

interface RowProps {
  channel: AlertChannel;
  tried: Result | 'busy' | undefined;
  test: () => void;
}

function Row({ channel, tried, test }: RowProps) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const change = async (method: 'PUT' | 'DELETE', body?: unknown): Promise<void> => {
    try {
      await send(method, `/api/v1/channels/${channel.id}`, body);
      if (method === 'DELETE') toast(`Channel deleted: ${channel.name}`);
    } catch (error) {
      toast(error instanceof ApiError ? error.message : 'That did not work', { kind: 'problem' });
    }
    void client.invalidateQueries({ queryKey: channelsQuery.queryKey });
  };
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-hover">
      <Switch
        label={`${channel.name} is on`}
        on={channel.enabled}
        set={(enabled) => void change('PUT', { enabled })}
      />
      <div className={clsx('min-w-0', !channel.enabled && 'text-ink-2')}>
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium break-words">{channel.name}</span>
          <span className="text-control break-all text-ink-2">{described(channel)}</span>
        </p>
        <p className="text-caption text-ink-2">
          {channel.from_environment && 'Set on the server by its environment. '}
          {channel.promise}
        </p>
        <LastMessage channel={channel} />
      </div>
      <div className="flex items-center gap-1">
        <Button disabled={tried === 'busy'} onClick={test}>
          Test<span className="max-sm:sr-only"> {channel.name}</span>
        </Button>
        {!channel.from_environment && (
          <IconButton icon="trash" label={`Delete ${channel.name}`} onClick={() => { setAsking(true); }} />
        )}
      </div>
      {asking && (
        <div role="group" aria-label="Delete" className="col-span-3 flex flex-wrap items-center gap-2 text-control">
          Delete {channel.name} with its secrets and its log?
          <Button look="danger" autoFocus onClick={() => void change('DELETE')}>Delete</Button>
          <Button look="quiet" onClick={() => { setAsking(false); }}>Keep</Button>
        </div>
      )}
      <p
        role="status"
        className={clsx(
          'col-span-3 text-control break-words empty:hidden',
          tried === 'busy' ? 'text-ink-2' : tried?.ok === true ? 'text-ok' : 'text-fail',
        )}
      >
        {tried === 'busy' ? `Sending to ${channel.name}…` : tried !== undefined && `${tried.ok ? '✓' : '✕'} ${tried.words}`}
      </p>
    </li>
  );
}

/** What became of the last message, so that a channel that fails is seen without a test. */
function LastMessage({ channel }: { channel: AlertChannel }) {
  const { last_message: last, waiting } = channel;
  const isFine = last === null || last.state === 'sent' || last.state === 'sending';
  return (
    <p className="text-caption break-words text-ink-2">
      {last === null ? 'No message yet.' : (
        <span className={clsx(!isFine && 'text-fail')}>
          {isFine ? 'Last message ' : '✕ Last message failed '}
          <Ago at={last.finished_at ?? last.created_at} />
          {isFine ? '.' : last.detail !== null && `: ${last.detail}`}
        </span>
      )}
      {waiting > 0 && <span className={clsx(!isFine && 'block')}> {counted(waiting, 'message')} waiting to be sent.</span>}
    </p>
  );
}
