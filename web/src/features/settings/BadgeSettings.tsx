/** Badges for READMEs, and the wall for a TV. */

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { reposQuery, workflowsQuery } from '~/api/queries';
import { BadgeSnippet } from '~/features/workflow/BadgeSnippet';
import { buttonClass } from '~/ui/Button';
import { Answer, Bone, Card, Empty } from '~/ui/Card';
import { CopyBox } from '~/ui/CopyBox';
import { Icon } from '~/ui/Icon';

/** Choose a workflow, take its badge; and the address of the wall. */
export function BadgeSettings() {
  const repos = useQuery(reposQuery(200));
  const [chosenRepo, setRepo] = useState('');
  const repo = chosenRepo === '' ? (repos.data?.items[0]?.full_name ?? '') : chosenRepo;
  const workflows = useQuery({ ...workflowsQuery(repo, {}), enabled: repo !== '' });
  const [chosenWorkflow, setWorkflow] = useState('');
  const names = workflows.data?.items.map((item) => item.name) ?? [];
  const workflow = names.includes(chosenWorkflow) ? chosenWorkflow : (names[0] ?? '');
  return (
    <>
      <Card title="Which workflow">
        <Answer what="the repositories" asked={repos} skeleton={<Bone className="mx-3 mb-3 h-13" />}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title="No repository is known yet">
                A badge needs a workflow that has run at least once.
              </Empty>
            ) : (
              <div className="flex flex-wrap gap-3 px-3 pb-3">
                <Choice
                  label="Repository"
                  value={repo}
                  values={items.map((item) => item.full_name)}
                  onChange={setRepo}
                />
                <Choice label="Workflow" value={workflow} values={names} onChange={setWorkflow} />
              </div>
            )
          }
        </Answer>
        {workflows.error !== null && (
          <Answer what="the workflows" asked={workflows} skeleton={null}>{() => null}</Answer>
        )}
      </Card>
      {workflow !== '' && <BadgeSnippet repo={repo} workflow={workflow} />}
      <Card title="Wall" className="pb-3">
        <div className="flex flex-col items-start gap-3 px-3">
          <p className="text-control text-ink-2">
            One page for a TV: what is red, readable from across the room. It needs no JavaScript and
            keeps its picture when the server is away. <code>?scale=0.8</code> to{' '}
            <code>?scale=1.4</code> fit it to the screen.
          </p>
          <div className="w-full">
            <CopyBox text={`${window.location.origin}/wall`} label="Address of the wall" />
          </div>
          <a href="/wall" className={buttonClass()}>
            <Icon name="wall" />
            Open the wall
          </a>
        </div>
      </Card>
    </>
  );
}

interface ChoiceProps {
  label: string;
  value: string;
  values: readonly string[];
  onChange: (value: string) => void;
}

function Choice({ label, value, values, onChange }: ChoiceProps) {
  return (
    <label className="flex flex-col gap-1">
      <span className="text-caption text-ink-2">{label}</span>
      <select
        value={value}
        className="h-8 max-w-72 min-w-48 rounded-control border border-line-strong bg-bg px-2 text-control coarse:h-11"
        onChange={(event) => {
          onChange(event.target.value);
        }}
      >
        {values.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
}
