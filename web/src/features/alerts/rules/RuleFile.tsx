/** All rules as a file: taken out, and brought in by name. */

import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { ApiError, addressOf, sendText } from '~/api/client';
import { alertRulesQuery } from '~/api/alertQueries';
import type { AlertRule } from '~/api/types';
import { counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { Menu } from '~/ui/Menu';
import { Popover } from '~/ui/Popover';

const path = '/api/v1/alert-rules';

/** A menu; what is brought in changes rules of the same name and leaves the others. */
export function RuleFile() {
  const client = useQueryClient();
  const file = useRef<HTMLInputElement>(null);
  const bringIn = async (chosen: File): Promise<void> => {
    const type = chosen.name.endsWith('.json') ? 'application/json' : 'application/yaml';
    try {
      const page = await sendText<{ items: AlertRule[] }>(`${path}/import`, await chosen.text(), type);
      toast(`${chosen.name} is in: ${counted(page.items.length, 'rule')} now`);
    } catch (error) {
      const first = error instanceof ApiError ? error.fields[0] : undefined;
      const said = error instanceof Error ? error.message : 'That did not work';
      toast(first === undefined ? said : `${chosen.name}: ${first.field}: ${first.message}`, { kind: 'problem' });
    }
    void client.invalidateQueries({ queryKey: alertRulesQuery.queryKey });
  };
  return (
    <>
      <input
        ref={file}
        type="file"
        accept=".yaml,.yml,.json"
        aria-label="File of rules"
        className="hidden"
        onChange={(event) => {
          const chosen = event.target.files?.[0];
          event.target.value = '';
          if (chosen !== undefined) void bringIn(chosen);
        }}
      />
      <Popover label="Rules as a file" icon="more" role="menu" align="end" look="quiet">
        {(close) => (
          <Menu
            close={close}
            items={[
              { label: 'Export as YAML', icon: 'download', href: addressOf(`${path}/export`, { format: 'yaml' }) },
              { label: 'Export as JSON', icon: 'download', href: addressOf(`${path}/export`) },
              {
                label: 'Import a file…',
                icon: 'plus',
                note: 'Rules of the same name are changed',
                run: () => file.current?.click(),
              },
            ]}
          />
        )}
      </Popover>
    </>
  );
}
