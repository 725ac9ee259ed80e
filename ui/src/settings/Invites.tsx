import { Button, Code, Modal, NativeSelect, Table, TextInput } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told } from '../api/client';
import type { AccountRole } from '../api/session';
import { invites } from '../api/settings';
import { Copy } from '../shared/Copy';
import { moment } from '../shared/format';
import { Panel } from '../shared/Panel';
import { Empty, Failed, Loading, Refused } from '../shared/States';
import classes from './Forms.module.css';
import { ProjectChoice } from './ProjectChoice';
import { ROLES } from './roles';

/** Links by which people make accounts. */
export function Invites() {
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery(invites);
  const [making, setMaking] = useState(false);
  const withdraw = useMutation({
    mutationFn: (id: string) => told(api.DELETE('/invites/{id}', { params: { path: { id } } })),
    onSettled: () => queries.invalidateQueries({ queryKey: invites.queryKey }),
  });
  return (
    <Panel
      title="Invites"
      aside={
        <Button
          size="xs"
          onClick={() => {
            setMaking(true);
          }}
        >
          Invite somebody
        </Button>
      }
    >
      {error && <Failed error={error} again={refetch} />}
      <Refused error={withdraw.error} />
      {!data && !error && <Loading label="Reading the invites" />}
      {data?.length === 0 && <Empty>No link is open.</Empty>}
      {data && data.length > 0 && (
        <div className={classes.scroll}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">For</Table.Th>
                <Table.Th scope="col">Role</Table.Th>
                <Table.Th scope="col">Good until</Table.Th>
                <Table.Th scope="col">Withdraw</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.map((invite) => (
                <Table.Tr key={invite.id}>
                  <Table.Th scope="row">{invite.email ?? 'Whoever has the link'}</Table.Th>
                  <Table.Td>{ROLES[invite.role]}</Table.Td>
                  <Table.Td>{moment(invite.expires_at)}</Table.Td>
                  <Table.Td>
                    <Button
                      size="compact-xs"
                      variant="default"
                      aria-label={`Withdraw the invite for ${invite.email ?? 'whoever has the link'}`}
                      onClick={() => {
                        withdraw.mutate(invite.id);
                      }}
                    >
                      Withdraw
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {making && (
        <NewInvite
          onClose={() => {
            setMaking(false);
          }}
        />
      )}
    </Panel>
  );
}

function NewInvite({ onClose }: { onClose: () => void }) {
  const queries = useQueryClient();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<AccountRole>('viewer');
  const [allowed, setAllowed] = useState<string[] | null>(null);
  const make = useMutation({
    mutationFn: () =>
      told(
        api.POST('/invites', {
          body: { role, projects: allowed, email: email === '' ? null : email },
        }),
      ),
    onSuccess: () => queries.invalidateQueries({ queryKey: invites.queryKey }),
  });
  return (
    <Modal opened onClose={onClose} title="Invite somebody" transitionProps={{ duration: 0 }}>
      {make.data ? (
        <div className={classes.form}>
          <p>Send this link. It is shown now and never again, and it makes one account.</p>
          <Code block>{make.data.url}</Code>
          <Copy value={make.data.url} label="Copy the link" />
        </div>
      ) : (
        <form
          className={classes.form}
          onSubmit={(event) => {
            event.preventDefault();
            make.mutate();
          }}
        >
          <TextInput
            label="E-mail"
            description="The account's. Empty, whoever has the link says it."
            type="email"
            value={email}
            onChange={(event) => {
              setEmail(event.currentTarget.value);
            }}
          />
          <NativeSelect
            label="Role"
            value={role}
            data={Object.entries(ROLES).map(([value, label]) => ({ value, label }))}
            onChange={(event) => {
              setRole(event.currentTarget.value as AccountRole);
            }}
          />
          <ProjectChoice value={allowed} onChange={setAllowed} />
          <Refused error={make.error} />
          <Button type="submit" loading={make.isPending}>
            Make the link
          </Button>
        </form>
      )}
    </Modal>
  );
}
