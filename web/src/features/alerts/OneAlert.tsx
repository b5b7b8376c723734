/** The alert that a message links to, whatever the list shows. */

import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import { alertQuery } from '~/api/alertQueries';
import { AlertRow } from '~/features/alerts/AlertRow';
import { buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';

/** Opened from the start. */
export function OneAlert({ id }: { id: string }) {
  const isNumber = /^[1-9]\d{0,15}$/.test(id);
  const asked = useQuery({ ...alertQuery(Number(id)), enabled: isNumber });
  const all = <Link to="/alerts" className={buttonClass()}>All alerts</Link>;
  return (
    <Card title={`Alert ${id}`} actions={all} busy={asked.isFetching && !asked.isPending}>
      {!isNumber || asked.error?.status === 404 ? (
        <Empty title={`There is no alert with the number ${id}`}>
          It may have been deleted, or never fired.
        </Empty>
      ) : (
        <Answer what="the alert" asked={asked} skeleton={<Bone className="m-3 h-48" />}>
          {(alert) => <ul><AlertRow key={alert.id} alert={alert} isOpened /></ul>}
        </Answer>
      )}
    </Card>
  );
}
