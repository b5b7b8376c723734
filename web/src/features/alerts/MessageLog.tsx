/** What was sent, and what became of each message: of one alert, or of all lately. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState } from 'react';
import { messagesQuery } from '~/api/alertQueries';
import type { SentMessage } from '~/api/types';
import { count, counted } from '~/lib/numbers';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Segmented } from '~/ui/Segmented';
import { Ago } from '~/ui/Time';

interface Fate {
  mark: string;
  word: string;
  look: string;
}

const unknown: Fate = { mark: '·', word: '', look: 'text-ink-2' };
const fates: Readonly<Record<string, Fate>> = {
  sent: { mark: '✓', word: 'sent', look: 'text-ok' },
  failed: { mark: '✕', word: 'failed', look: 'text-fail' },
  pending: { mark: '…', word: 'waiting', look: 'text-ink-2' },
  sending: { mark: '…', word: 'on its way', look: 'text-ink-2' },
  skipped: { mark: '–', word: 'not sent', look: 'text-ink-2' },
};
const kinds: Readonly<Record<string, string>> = {
  opened: 'it broke', resolved: 'it is mended', reminder: 'reminder', trouble: 'channel trouble',
};

/** The messages of all alerts, the newest first. */
export function MessageLog() {
  const [shown, setShown] = useState<'all' | 'failed'>('all');
  const asked = useQuery(messagesQuery(shown === 'failed' ? shown : undefined));
  const filter = (
    <Segmented
      label="Which messages"
      choices={[{ value: 'all', label: 'All' }, { value: 'failed', label: 'Failed' }]}
      value={shown}
      onChange={setShown}
    />
  );
  return (
    <Card title="What was sent" actions={filter} busy={asked.isFetching && !asked.isPending}>
      <Answer what="the messages" asked={asked} skeleton={<Bone className="m-3 h-48" />}>
        {({ items }) => {
          if (items.length > 0) return <Messages messages={items} isOfAll />;
          if (shown === 'failed') return <Empty title="No message failed" />;
          return (
            <Empty title="Nothing was sent yet">
              Every message of every alert is listed here, with what the channel answered.
            </Empty>
          );
        }}
      </Answer>
    </Card>
  );
}

/** Messages, the newest first; of all alerts each leads to its own. */
export function Messages({ messages, isOfAll = false }: { messages: readonly SentMessage[]; isOfAll?: boolean }) {
  return (
    <ul aria-label="Messages" className={clsx(isOfAll && 'divide-y divide-line border-t border-line')}>
      {messages.map((sent) => <Row key={sent.id} sent={sent} isOfAll={isOfAll} />)}
    </ul>
  );
}

function Row({ sent, isOfAll }: { sent: SentMessage; isOfAll: boolean }) {
  const { mark, word, look } = fates[sent.state] ?? { ...unknown, word: sent.state };
  const facts = [
    sent.status === null ? '' : String(sent.status),
    sent.latency_ms === null ? '' : `${count(sent.latency_ms)} ms`,
    sent.tries > 1 ? counted(sent.tries, 'try', 'tries') : '',
  ].filter((fact) => fact !== '');
  return (
    <li className={clsx('flex flex-wrap items-baseline gap-x-3 gap-y-0.5 text-control', isOfAll ? 'px-3 py-2 hover:bg-hover' : 'py-0.5')}>
      <span className={clsx('w-24 font-medium whitespace-nowrap', look)}>
        <span aria-hidden="true">{mark} </span>
        {word}
      </span>
      <span>
        {sent.channel}: {kinds[sent.kind] ?? sent.kind}
      </span>
      {isOfAll && (
        <Link to="/alerts/$alertId" params={{ alertId: String(sent.alert_id) }} className="inline-flex min-h-6 items-center text-link underline coarse:min-h-11">
          Alert {sent.alert_id}
        </Link>
      )}
      {isOfAll && sent.alerts > 1 && <span className="text-ink-2">and {counted(sent.alerts - 1, 'other')}</span>}
      {facts.length > 0 && <span className="text-ink-2">{facts.join(' · ')}</span>}
      <Ago at={sent.finished_at ?? sent.created_at} className="ml-auto text-ink-2" />
      {sent.detail !== null && (
        <span className="basis-full break-words text-ink-2 sm:pl-27">{sent.detail}</span>
      )}
    </li>
  );
}
