import { Page, PageTitle } from '~/features/shell/Page';
export function WorkflowPage() {
  return (
    <Page title={['Workflow']}>
      <PageTitle>Workflow</PageTitle>
    </Page>
  );
}
