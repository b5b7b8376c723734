/** The rules, each as a sentence, with how often it fired and a switch. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError, send } from '~/api/client';
import { alertRulesQuery } from '~/api/queries';
import type { AlertRule } from '~/api/types';
import { fieldsOf, RuleEditor } from '~/features/alerts/RuleEditor';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { Ago } from '~/ui/Time';

/** Every rule; one of them may be open for editing. */
export function Rules() {
  const asked = useQuery(alertRulesQuery);
  const [edited, setEdited] = useState<number | 'new' | null>(null);
  const close = (): void => { setEdited(null); };
  return (
    <Card
      title="Rules"
      actions={<Button icon="plus" onClick={() => { setEdited('new'); }}>New rule</Button>}
    >
      {edited === 'new' && <RuleEditor rule={null} close={close} />}
      <Answer what="the rules" asked={asked} skeleton={<Bone className="m-3 h-48" />}>
        {(page) => (
          <ul className="divide-y divide-line">
            {page.items.map((rule) =>
              edited === rule.id ? (
                <li key={rule.id}><RuleEditor rule={rule} close={close} /></li>
              ) : (
                <Row key={rule.id} rule={rule} edit={() => { setEdited(rule.id); }} />
              ),
            )}
          </ul>
        )}
      </Answer>
    </Card>
  );
}

function Row({ rule, edit }: { rule: AlertRule; edit: () => void }) {
  const client = useQueryClient();
  const toggle = async (): Promise<void> => {
    try {
      const body = { ...fieldsOf(rule), enabled: !rule.enabled };
      await send('PUT', `/api/v1/alert-rules/${String(rule.id)}`, body);
    } catch (error) {
      toast(error instanceof ApiError ? error.message : 'That did not work', { kind: 'problem' });
    }
    void client.invalidateQueries({ queryKey: alertRulesQuery.queryKey });
    void client.invalidateQueries({ queryKey: ['alerts'] });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
      <label className="flex min-h-6 items-center gap-2 font-medium">
        <input type="checkbox" role="switch" checked={rule.enabled ?? false} onChange={() => void toggle()} />
        {rule.name}
      </label>
      <p className="min-w-64 flex-1 text-control text-ink-2">{rule.sentence}</p>
      <span className="text-caption text-ink-2">
        {rule.last_triggered === null ? 'never fired' : <>fired <Ago at={rule.last_triggered} /></>}
        {rule.fired_7d > 0 && ` · ${String(rule.fired_7d)} in 7 days`}
      </span>
      <Button look="quiet" aria-label={`Edit ${rule.name}`} onClick={edit}>Edit</Button>
    </li>
  );
}
