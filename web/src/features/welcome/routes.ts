/** The three ways for runs to arrive, step by step, with this server's address filled in. */

export type RouteKey = 'webhook' | 'polling' | 'push';

interface Step {
  text: string;
  code?: string;
  label?: string;
  note?: string;
}

interface Situation {
  origin: string;
  /** Made for this visit; kept nowhere. */
  secret: string;
  polling: boolean;
  /** The server has a webhook secret already. */
  signed: boolean;
}

/** A secret of 256 bits, as hexadecimal digits. */
export function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Route {
  key: RouteKey;
  name: string;
  goodFor: string;
  needs: string;
  delay: string;
  steps: (here: Situation) => Step[];
}

const webhook: Route = {
  key: 'webhook',
  name: 'Webhook',
  goodFor: 'live updates from GitHub',
  needs: 'admin rights on the repository',
  delay: 'a second',
  steps: ({ origin, secret, signed }) => [
    signed
      ? {
          text: 'A webhook secret is set here already. Put the same one into the next command.',
          note: 'To use another beside it, set both in GITHUB_WEBHOOK_SECRET with a comma between them.',
        }
      : {
          text: 'Start the server with a secret. This one was made just now, in your browser.',
          code: `GITHUB_WEBHOOK_SECRET=${secret} pulseboard serve`,
          label: 'Start with a secret',
          note: 'None is set yet: deliveries are taken unsigned, and only while the server listens on this machine alone.',
        },
    {
      text: 'Tell GitHub. With its command line tool, for one repository:',
      code: [
        'gh api repos/OWNER/REPO/hooks -f name=web \\',
        "  -f 'events[]=workflow_run' \\",
        "  -f 'events[]=workflow_job' \\",
        `  -f 'config[url]=${origin}/webhook/github' \\`,
        "  -f 'config[content_type]=json' \\",
        signed ? '  -f "config[secret]=$GITHUB_WEBHOOK_SECRET"' : `  -f 'config[secret]=${secret}'`,
      ].join('\n'),
      label: 'Webhook command',
      note: 'GitHub has to reach this address. By hand: Settings, Webhooks, Add webhook; events “Workflow runs” and “Workflow jobs”.',
    },
    { text: 'Start any workflow, and watch it arrive on this page.' },
  ],
};

const polling: Route = {
  key: 'polling',
  name: 'Polling',
  goodFor: 'servers behind a firewall',
  needs: 'a read-only token',
  delay: 'about a minute',
  steps: ({ polling: on }) => [
    {
      text: 'Make a fine-grained token at GitHub that may read Actions, and start the server with it.',
      code: 'GITHUB_TOKEN=… GH_REPOS=owner/name,owner/other GH_WORKFLOWS="*" pulseboard serve',
      label: 'Start with polling',
      note: on
        ? 'Polling is on here.'
        : 'Polling is off here. When it stays off after this, Settings, System says why.',
    },
    { text: 'The first poll of a repository takes its last 30 days; watch them arrive on this page.' },
  ],
};

const push: Route = {
  key: 'push',
  name: 'Push from any CI',
  goodFor: 'GitLab, Jenkins, cron, anything',
  needs: 'curl, nothing to install',
  delay: 'none',
  steps: ({ origin }) => [
    {
      text: 'Send one now, to see how it works.',
      code: [
        `curl -X POST ${origin}/api/events/run \\`,
        "  -H 'Content-Type: application/json' \\",
        '  -d \'{"pipeline": "web", "status": "success", "duration_sec": 73, "branch": "main"}\'',
      ].join('\n'),
      label: 'Push command',
      note: 'Where PULSEBOARD_INGEST_TOKEN is set, add: -H "Authorization: Bearer $PULSEBOARD_INGEST_TOKEN".',
    },
    {
      text: 'Put it at the end of a pipeline. For a GitHub workflow of another server:',
      code: [
        '- if: always()',
        '  run: |',
        `    curl -fsS -X POST ${origin}/api/events \\`,
        "      -H 'Content-Type: application/json' \\",
        '      -H "Authorization: Bearer ${{ secrets.PULSEBOARD_TOKEN }}" \\',
        "      -d '{\"id\": \"${{ github.run_id }}\", \"workflow\": \"${{ github.workflow }}\",",
        '           "repo": "${{ github.repository }}", "branch": "${{ github.ref_name }}",',
        "           \"status\": \"${{ job.status }}\"}'",
      ].join('\n'),
      label: 'Workflow step',
    },
  ],
};

export const routes: readonly [Route, ...Route[]] = [webhook, polling, push];
