/** What is burning and who has it; what was; and on a second tab the rules and channels. */

import { useNavigate, useParams, useRouterState } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { alertsQuery } from '~/api/queries';
import { AlertList } from '~/features/alerts/AlertList';
import { Channels } from '~/features/alerts/Channels';
import { Rules } from '~/features/alerts/Rules';
import { Page, PageTitle } from '~/features/shell/Page';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Tabs } from '~/ui/Tabs';

type View = 'alerts' | 'rules';
const rulesPath = '/alerts/rules';

/** The page of alerts; `/alerts/12` opens that one. */
export function AlertsPage() {
  const { alertId }: { alertId?: string } = useParams({ strict: false });
  const path = useRouterState({ select: (state) => state.location.pathname });
  const navigate = useNavigate();
  const view: View = path.startsWith(rulesPath) ? 'rules' : 'alerts';
  return (
    <Page title={view === 'rules' ? ['Alert rules'] : ['Alerts']}>
      <PageTitle>Alerts</PageTitle>
      <Tabs<View>
        label="Alerts"
        tabs={[
          { key: 'alerts', label: 'Alerts' },
          { key: 'rules', label: 'Rules and channels' },
        ]}
        value={view}
        onChange={(key) => void navigate({ to: key === 'rules' ? rulesPath : '/alerts' })}
      >
        {view === 'rules' ? (
          <div className="mt-3 flex flex-col gap-3">
            <Rules />
            <Channels />
          </div>
        ) : (
          <Lists opened={alertId === undefined ? undefined : Number(alertId)} />
        )}
      </Tabs>
    </Page>
  );
}

function Lists({ opened }: { opened: number | undefined }) {
  const open = useQuery(alertsQuery('open'));
  const past = useQuery(alertsQuery('resolved'));
  return (
    <div className="mt-3 flex flex-col gap-3">
      <Card title="Open">
        <Answer what="the alerts" asked={open} skeleton={<Bone className="m-3 h-24" />}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title="Nothing is burning">
                Alerts appear here the moment a rule fires, and leave when it is over.
              </Empty>
            ) : (
              <AlertList alerts={page.items} opened={opened} />
            )
          }
        </Answer>
      </Card>
      <Card title="Resolved">
        <Answer what="the resolved alerts" asked={past} skeleton={<Bone className="m-3 h-24" />}>
          {(page) =>
            page.items.length === 0 ? (
              <Empty title="None yet" />
            ) : (
              <AlertList alerts={page.items} opened={opened} />
            )
          }
        </Answer>
      </Card>
    </div>
  );
}
