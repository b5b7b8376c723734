/** What is burning and who has it; the rules; the channels; and what was sent. */

import { Link, useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { alertRulesQuery } from '~/api/alertQueries';
import { AlertList } from '~/features/alerts/AlertList';
import { ChannelList } from '~/features/alerts/channels/ChannelList';
import { MessageLog } from '~/features/alerts/MessageLog';
import { OneAlert } from '~/features/alerts/OneAlert';
import { RuleEditor } from '~/features/alerts/rules/RuleEditor';
import { RuleList } from '~/features/alerts/rules/RuleList';
import { Page, PageTitle } from '~/features/shell/Page';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Definitions } from '~/ui/Definitions';
import { Tabs } from '~/ui/Tabs';

type View = 'alerts' | 'rules' | 'channels' | 'messages';
const tabs = [
  { key: 'alerts', label: 'Alerts' },
  { key: 'rules', label: 'Rules' },
  { key: 'channels', label: 'Channels' },
  { key: 'messages', label: 'Messages' },
] as const;
const addresses = {
  alerts: '/alerts', rules: '/alerts/rules', channels: '/alerts/channels', messages: '/alerts/messages',
} as const;
const titles = {
  alerts: 'Alerts', rules: 'Alert rules', channels: 'Alert channels', messages: 'Messages sent',
} as const;

/** The page of alerts; `/alerts/12` opens that one, `/alerts/rules/3` edits that rule. */
export function AlertsPage() {
  const { alertId, ruleId }: { alertId?: string; ruleId?: string } = useParams({ strict: false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();
  const view: View = tabs.find(({ key }) => path.startsWith(`/alerts/${key}`))?.key ?? 'alerts';
  return (
    <Page title={[titles[view]]}>
      <PageTitle>Alerts</PageTitle>
      <Tabs<View>
        label="Alerts"
        tabs={tabs}
        value={view}
        onChange={(key) => void navigate({ to: addresses[key] })}
      >
        <div className="mt-3 flex flex-col gap-3">
          {view === 'rules' && (ruleId === undefined ? <RuleList /> : <Editor key={ruleId} id={ruleId} />)}
          {view === 'channels' && <ChannelList />}
          {view === 'messages' && <MessageLog />}
          {view === 'alerts' && (alertId === undefined ? <AlertList /> : <OneAlert key={alertId} id={alertId} />)}
        </div>
      </Tabs>
      <Definitions
        className="mt-3"
        terms={[
          ['Alert', 'A rule has found something, and has not seen it mended since. It opens once and is told once, however many runs confirm it.'],
          ['Acknowledged', 'Somebody has it: it stays open, and nobody is reminded.'],
          ['Muted', 'Nothing is sent about it until then; it is still watched.'],
          ['Resolved', 'The rule no longer holds, or somebody said that it is over.'],
        ]}
      />
    </Page>
  );
}

/** The editor begins once the rule is known; later changes elsewhere leave it alone. */
function Editor({ id }: { id: string }) {
  const asked = useQuery({ ...alertRulesQuery, enabled: id !== 'new' });
  const back = <Link to="/alerts/rules" className="text-link underline">All rules</Link>;
  if (id === 'new') return <RuleEditor rule={null} />;
  return (
    <Answer what="the rule" asked={asked} skeleton={<Bone className="h-96" />}>
      {(page) => {
        const rule = page.items.find((one) => String(one.id) === id);
        if (rule !== undefined) return <RuleEditor rule={rule} />;
        return (
          <Card>
            <Empty title={`There is no rule with the number ${id}`} actions={back}>It may have been deleted.</Empty>
          </Card>
        );
      }}
    </Answer>
  );
}
