/** Background work that was given up, and a way to have it tried once more. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { send } from '~/api/client';
import { deadLettersQuery } from '~/api/queries';
import type { DeadLetter } from '~/api/types';
import { count, counted } from '~/lib/numbers';
import { toast } from '~/lib/toasts';
import { Button } from '~/ui/Button';
import { Answer, Bone, Card } from '~/ui/Card';
import { Ago } from '~/ui/Time';

/** What failed for good, the latest first. */
export function DeadLetters() {
  const asked = useQuery(deadLettersQuery);
  return (
    <Card title="Given up" busy={asked.isFetching && !asked.isPending}>
      <Answer what="what was given up" asked={asked} skeleton={<Bone className="m-3 h-8" />}>
        {({ items, total }) =>
          total === 0 ? (
            <p className="px-3 pb-3 text-control text-ink-2">
              Nothing: every message, poll and log came through, or will be tried again.
            </p>
          ) : (
            <>
              <ul aria-label="Given up" className="divide-y divide-line border-t border-line">
                {items.map((one) => <Row key={one.id} letter={one} />)}
              </ul>
              {total > items.length && (
                <p className="border-t border-line px-3 py-2 text-caption text-ink-2">
                  These are the latest of {count(total)}.
                </p>
              )}
            </>
          )
        }
      </Answer>
    </Card>
  );
}

function Row({ letter }: { letter: DeadLetter }) {
  const client = useQueryClient();
  const name = [letter.job, letter.about].filter((part) => part !== '').join(': ');
  const again = useMutation({
    mutationFn: () => send('POST', `/api/v1/system/dead-letters/${letter.id}/retry`),
    onSuccess: () => toast(`${name} is tried again.`),
    onError: (error) => toast(error.message, { kind: 'problem' }),
    onSettled: () => client.invalidateQueries({ queryKey: deadLettersQuery.queryKey }),
  });
  return (
    <li className="flex flex-col gap-1 px-3 py-2 text-control">
      <div className="flex min-h-7 flex-wrap items-center gap-x-3 gap-y-1">
        <span className="font-medium wrap-anywhere">{name}</span>
        <span className="text-ink-2">
          <Ago at={letter.failed_at} />, after {counted(letter.tries, 'try', 'tries')}
        </span>
        {letter.may_retry ? (
          <Button
            className="ml-auto"
            aria-label={`Try again: ${name}`}
            disabled={again.isPending}
            onClick={() => again.mutate()}
          >
            Try again
          </Button>
        ) : (
          <span className="ml-auto text-caption text-ink-2">tried again at its next time</span>
        )}
      </div>
      <p className="text-caption wrap-anywhere text-fail">{letter.reason}</p>
    </li>
  );
}
