import { Button, NativeSelect, Table } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told, type Schemas } from '../api/client';
import { projects } from '../api/projects';
import { accounts, type Account } from '../api/settings';
import type { AccountRole } from '../api/session';
import { age, moment } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import { useMe } from '../shell/me';
import { EditAccess } from './EditAccess';
import classes from './Forms.module.css';
import { Invites } from './Invites';
import { ROLES } from './roles';

export function Accounts() {
  const { data, error, refetch } = useQuery(accounts);
  return (
    <div className={classes.parts}>
      <Panel title="Accounts">
        {error && <Failed error={error} again={refetch} />}
        {!data && !error && <Loading label="Reading the accounts" />}
        {data?.length === 0 && <Empty>There is no account.</Empty>}
        {data && data.length > 0 && <AccountTable accounts={data} />}
      </Panel>
      <Invites />
    </div>
  );
}

function AccountTable({ accounts: shown }: { accounts: Account[] }) {
  const me = useMe();
  const queries = useQueryClient();
  const [editing, setEditing] = useState<Account | null>(null);
  const { data: known = [] } = useQuery(projects);
  const change = useMutation({
    mutationFn: ({ id, ...body }: Schemas['AccountChange'] & { id: string }) =>
      told(api.PATCH('/accounts/{account}', { params: { path: { account: id } }, body })),
    onSettled: () => queries.invalidateQueries({ queryKey: accounts.queryKey }),
  });
  const opened = (account: Account) =>
    account.projects === null
      ? 'All projects'
      : account.projects.map((id) => known.find((each) => each.id === id)?.name ?? id).join(', ') || 'None';
  return (
    <>
      <Refused error={change.error} />
      <div className={classes.scroll}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Who</Table.Th>
              <Table.Th scope="col">Role</Table.Th>
              <Table.Th scope="col">Opens</Table.Th>
              <Table.Th scope="col">Last seen</Table.Th>
              <Table.Th scope="col">Access</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {shown.map((account) => (
              <Table.Tr key={account.id} className={account.disabled_at === null ? undefined : classes.gone}>
                <Table.Th scope="row">
                  {account.name}
                  {account.id === me.account.id && ' (you)'}
                  <p className={classes.note}>{account.email}</p>
                </Table.Th>
                <Table.Td>
                  <NativeSelect
                    size="xs"
                    aria-label={`Role of ${account.name}`}
                    value={account.role}
                    disabled={account.disabled_at !== null || change.isPending}
                    data={Object.entries(ROLES).map(([value, label]) => ({
                      value,
                      label,
                    }))}
                    onChange={(event) => {
                      change.mutate({
                        id: account.id,
                        role: event.currentTarget.value as AccountRole,
                      });
                    }}
                  />
                </Table.Td>
                <Table.Td>
                  {opened(account)}{' '}
                  <Button
                    size="compact-xs"
                    variant="subtle"
                    aria-label={`Change what ${account.name} opens`}
                    onClick={() => {
                      setEditing(account);
                    }}
                  >
                    Change
                  </Button>
                </Table.Td>
                <Table.Td>
                  {account.last_seen_at ? (
                    <time dateTime={account.last_seen_at} title={moment(account.last_seen_at)}>
                      {age(account.last_seen_at)}
                    </time>
                  ) : (
                    'Never'
                  )}
                </Table.Td>
                <Table.Td>
                  <Button
                    size="compact-xs"
                    variant="default"
                    disabled={change.isPending}
                    aria-label={`${account.disabled_at === null ? 'Disable' : 'Enable'} ${account.name}`}
                    onClick={() => {
                      change.mutate({
                        id: account.id,
                        disabled: account.disabled_at === null,
                      });
                    }}
                  >
                    {account.disabled_at === null ? 'Disable' : 'Enable'}
                  </Button>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {editing && (
        <EditAccess
          account={editing}
          onSave={(allowed) => {
            change.mutate({ id: editing.id, projects: allowed });
            setEditing(null);
          }}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
    </>
  );
}
