/** What to mend first, ranked; and by what. */

import { useQuery } from '@tanstack/react-query';
import { globalFilter } from '~/api/filter';
import { fixFirstQuery } from '~/api/queries';
import type { FixItem } from '~/api/types';
import { counted } from '~/lib/numbers';
import { useSearchParams } from '~/lib/router';
import type { Status } from '~/lib/status';
import { buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { Icon } from '~/ui/Icon';
import { InAppLink } from '~/ui/InAppLink';
import { inkOf, StatusIcon } from '~/ui/StatusIcon';
import { Ago } from '~/ui/Time';
import { appearanceOf } from '~/lib/status';

const shown = 5;

/** Kinds that are about time rather than about a status get the arrow of a trend. */
const icons: Readonly<Record<string, Status>> = {
  cluster: 'failure',
  red: 'failure',
  workflow: 'failure',
  alert: 'failure',
  flaky: 'flaky',
};

/** The list, and how it is ranked. */
export function FixFirst() {
  const search = useSearchParams();
  const asked = useQuery(fixFirstQuery(globalFilter(search), shown));
  return (
    <Card title="Fix first" busy={asked.isFetching && !asked.isPending}>
      <Answer what="what to fix first" asked={asked} skeleton={<Skeleton />}>
        {(data) =>
          data.items.length === 0 ? (
            <Empty title="Nothing needs fixing">
              No workflow is red on the branches chosen here.
            </Empty>
          ) : (
            <>
              <ol className="flex flex-col">
                {data.items.map((item) => (
                  <Item key={item.rank} item={item} />
                ))}
              </ol>
              <details className="mt-auto border-t border-line px-3 py-2 text-caption text-ink-2">
                <summary className="inline-flex min-h-6 items-center gap-1 hover:text-ink">
                  <Icon name="help" className="size-3.5" />
                  How this is ranked
                </summary>
                <p className="mt-1">{data.formula}</p>
              </details>
            </>
          )
        }
      </Answer>
    </Card>
  );
}

function Item({ item }: { item: FixItem }) {
  const status = icons[item.kind];
  return (
    <li className="flex items-start gap-2.5 border-b border-line px-3 py-2 last:border-0">
      {status === undefined ? (
        <Icon name="clock" className="mt-0.5 size-3.5 text-ink-2" />
      ) : (
        <StatusIcon
          status={status}
          label={appearanceOf(status).word}
          className={`mt-[3px] ${inkOf[appearanceOf(status).family]}`}
        />
      )}
      <div className="min-w-0 flex-1">
        <InAppLink href={item.href} className="line-clamp-2 font-medium break-words hover:underline">
          {item.title}
        </InAppLink>
        <p className="truncate text-caption text-ink-2 max-sm:line-clamp-2 max-sm:whitespace-normal">
          {item.subtitle}
        </p>
        <p className="truncate text-caption text-ink-2 max-sm:whitespace-normal">
          {counted(item.impact.runs, 'failed run')}
          {item.impact.branches > 1 && ` on ${item.impact.branches} branches`}
          {item.since !== null && (
            <>
              , the first <Ago at={item.since} />
            </>
          )}
        </p>
      </div>
      <InAppLink href={item.action.href} className={buttonClass()}>
        {item.action.label}
        <span className="sr-only">: {item.title}</span>
      </InAppLink>
    </li>
  );
}

function Skeleton() {
  return (
    <div className="flex flex-col gap-4 px-3 py-2">
      {Array.from({ length: shown }, (_one, index) => (
        <div key={index} className="flex flex-col gap-1.5">
          <Bone className="h-4 w-3/4" />
          <Bone className="h-3 w-1/2" />
        </div>
      ))}
    </div>
  );
}
