import { Page, PageTitle } from '~/features/shell/Page';
export function RunsPage() {
  return <Page title={['Runs']}><PageTitle>Runs</PageTitle></Page>;
}
