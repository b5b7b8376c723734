/** Three ways for runs to arrive, the steps of the one chosen, and a listener that hears the first. */

import { useQuery } from '@tanstack/react-query';
import { clsx } from 'clsx';
import { useState } from 'react';
import { metaQuery } from '~/api/queries';
import type { Demo } from '~/api/types';
import { useDemo } from '~/features/welcome/demo';
import { Listener } from '~/features/welcome/Listener';
import { LookAround } from '~/features/welcome/LookAround';
import { makeSecret, routes, type RouteKey } from '~/features/welcome/routes';
import { counted } from '~/lib/numbers';
import { Card } from '~/ui/Card';
import { CopyBox } from '~/ui/CopyBox';
import { Icon } from '~/ui/Icon';

/** Choose, copy, see it arrive. */
export function Welcome() {
  const { data: meta } = useQuery(metaQuery);
  const [chosen, setChosen] = useState<RouteKey>('webhook');
  const [secret] = useState(makeSecret);
  const { demo } = useDemo();
  const route = routes.find((one) => one.key === chosen) ?? routes[0];
  const here = {
    origin: window.location.origin,
    secret,
    polling: meta?.polling.enabled === true,
    signed: meta?.has_webhook_secret === true,
  };
  const known = meta?.ingest.sources.length ?? 0;
  return (
    <>
      <h1 tabIndex={-1} className="text-title font-semibold">
        How should runs arrive?
      </h1>
      <p className="mt-1 mb-4 max-w-prose text-ink-2">
        Choose one; the others can be added at any time.{' '}
        {known > 0 && meta?.demo === false && `${counted(known, 'repository', 'repositories')} already report here.`}
        {meta?.demo === true &&
          'What you see now is demo data; it steps aside as soon as the first real run arrives.'}
      </p>
      <div role="radiogroup" aria-label="How runs arrive" className="mb-4 grid gap-3 sm:grid-cols-3">
        {routes.map((one) => (
          <label
            key={one.key}
            className={clsx(
              'relative flex cursor-pointer flex-col gap-1.5 rounded-card border p-4 has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-focus',
              one.key === chosen ? 'border-accent bg-selected' : 'border-line hover:border-line-strong',
            )}
          >
            <span className="flex items-center gap-2 text-section font-semibold">
              <input
                type="radio"
                name="route"
                value={one.key}
                checked={one.key === chosen}
                className="size-4 accent-accent"
                onChange={() => {
                  setChosen(one.key);
                }}
              />
              {one.name}
            </span>
            <Trait name="Good for" text={one.goodFor} />
            <Trait name="Needs" text={one.needs} />
            <Trait name="Delay" text={one.delay} />
          </label>
        ))}
      </div>
      <div className="grid items-start gap-3 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <Card title={route.name} className="pb-3">
          <ol className="flex flex-col gap-4 px-3 pt-1">
            {route.steps(here).map((step, index) => (
              <li key={step.text} className="flex gap-3">
                <span
                  aria-hidden="true"
                  className="grid size-6 shrink-0 place-items-center rounded-pill bg-selected text-caption font-semibold"
                >
                  {index + 1}
                </span>
                <div className="min-w-0 flex-1">
                  <p className="mb-1.5 pt-0.5">{step.text}</p>
                  {step.code !== undefined && <CopyBox text={step.code} label={step.label ?? 'Command'} />}
                  {step.note !== undefined && <p className="mt-1.5 text-caption text-ink-2">{step.note}</p>}
                </div>
              </li>
            ))}
          </ol>
        </Card>
        <Listener route={chosen} />
      </div>
      <Card title="Just look around" className="mt-3 pb-3">
        <div className="px-3 text-control">
          <p className="mb-2 max-w-prose text-ink-2">{aboutDemo(demo)}</p>
          <div className="flex flex-wrap items-center gap-2">
            <LookAround />
          </div>
        </div>
      </Card>
      <p className="mt-4 flex items-center gap-2 text-control text-ink-2">
        <Icon name="help" />
        Already have history? “pulseboard import runs.json” reads what GitHub’s API lists.
      </p>
    </>
  );
}

function aboutDemo(demo: Demo | undefined): string {
  if (demo?.state === 'loading') return 'A made-up company is moving in. It takes some seconds.';
  if (demo?.state === 'loaded' && demo.refused !== null) {
    return 'Demo data is still stored, but never shown among real runs.';
  }
  if (demo?.state === 'loaded') return 'You are looking at the demo data of a made-up company.';
  const what = 'Demo data fills an empty server with a made-up company, labelled everywhere.';
  return `${what} ${demo?.refused ?? 'One click removes it again.'}`;
}

function Trait({ name, text }: { name: string; text: string }) {
  return (
    <span className="flex gap-2 text-control">
      <span className="w-16 shrink-0 text-ink-2">{name}</span>
      <span>{text}</span>
    </span>
  );
}
