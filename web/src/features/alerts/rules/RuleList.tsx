/** The rules, each as a sentence, with how often it fired and a switch. */

import { Link } from '@tanstack/react-router';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { ApiError, send } from '~/api/client';
import { alertRulesQuery } from '~/api/alertQueries';
import type { AlertRule } from '~/api/types';
import { bodyOf, draftOf } from '~/features/alerts/rules/draft';
import { RuleFile } from '~/features/alerts/rules/RuleFile';
import { counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { Switch } from '~/ui/Switch';
import { Ago } from '~/ui/Time';

/** Every rule; each has a page of its own to be edited on. */
export function RuleList() {
  const asked = useQuery(alertRulesQuery);
  const newRule = (
    <Link to="/alerts/rules/$ruleId" params={{ ruleId: 'new' }} className={buttonClass('strong')}>
      <Icon name="plus" className="-ml-0.5" />
      New rule
    </Link>
  );
  return (
    <Card title="Rules" actions={<><RuleFile />{newRule}</>} busy={asked.isFetching && !asked.isPending}>
      <Answer what="the rules" asked={asked} skeleton={<Bone className="m-3 h-96" />}>
        {(page) =>
          page.items.length === 0 ? (
            <Empty title="There is no rule, so nothing can fire" actions={newRule} />
          ) : (
            <ul className="divide-y divide-line border-t border-line">
              {page.items.map((rule) => <Row key={rule.id} rule={rule} />)}
            </ul>
          )
        }
      </Answer>
    </Card>
  );
}

function Row({ rule }: { rule: AlertRule }) {
  const client = useQueryClient();
  const isOn = rule.enabled ?? false;
  const toggle = async (): Promise<void> => {
    try {
      const body = bodyOf({ ...draftOf(rule), enabled: !isOn });
      await send('PUT', `/api/v1/alert-rules/${rule.id}`, body);
    } catch (error) {
      toast(error instanceof ApiError ? error.message : 'That did not work', { kind: 'problem' });
    }
    void client.invalidateQueries({ queryKey: alertRulesQuery.queryKey });
    void client.invalidateQueries({ queryKey: ['alerts'] });
  };
  return (
    <li className="grid grid-cols-[auto_minmax(0,1fr)_auto] items-center gap-x-3 gap-y-1 px-3 py-2 hover:bg-hover max-sm:items-start">
      <Switch label={`${rule.name} is on`} on={isOn} set={() => void toggle()} />
      <div className={clsx('min-w-0', !isOn && 'text-ink-2')}>
        <p className="flex flex-wrap items-baseline gap-x-2">
          <Link
            to="/alerts/rules/$ruleId"
            params={{ ruleId: String(rule.id) }}
            className="inline-flex min-h-6 items-center font-medium hover:underline coarse:min-h-11"
          >
            {rule.name}
          </Link>
          <span className="text-caption font-medium text-ink-2 uppercase">{rule.severity}</span>
        </p>
        <p className="text-control text-ink-2">{rule.sentence}</p>
        <UnknownChannels rule={rule} />
      </div>
      <Fired rule={rule} />
    </li>
  );
}

/** A channel that was deleted, or never was: told in words, as the messages go elsewhere. */
function UnknownChannels({ rule }: { rule: AlertRule }) {
  const names = rule.unknown_channels;
  if (names.length === 0) return null;
  const isAll = names.length === rule.channels?.length;
  return (
    <p className="text-control break-words text-warn">
      There is no channel called {names.join(', ')}
      {isAll ? ', so every channel is told.' : '.'}
    </p>
  );
}

/** When it fired last, and how often on each of the last seven days. */
function Fired({ rule }: { rule: AlertRule }) {
  const most = Math.max(1, ...rule.fired_by_day);
  return (
    <div className="flex items-center gap-3 text-caption text-ink-2 max-sm:col-span-2 max-sm:col-start-2">
      <span className="sm:w-32 sm:text-right">
        {rule.last_triggered === null ? 'never fired' : <>fired <Ago at={rule.last_triggered} /></>}
        {rule.fired_7d > 0 && <span className="block">{counted(rule.fired_7d, 'time')} in 7 days</span>}
      </span>
      <svg viewBox="0 0 56 20" aria-hidden="true" className="h-5 w-14 max-sm:hidden">
        {rule.fired_by_day.map((times, day) => {
          const height = times === 0 ? 1 : 3 + (times / most) * 17;
          return (
            <rect
              key={day}
              x={day * 8}
              y={20 - height}
              width="6"
              height={height}
              fill={times === 0 ? 'var(--border-strong)' : 'var(--fail-fill)'}
            />
          );
        })}
      </svg>
    </div>
  );
}
