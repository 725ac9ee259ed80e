import { ActionIcon, Menu, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useSigningOut } from '../api/session';
import { CheckIcon, MoonIcon, PersonIcon, SunIcon, SystemIcon } from '../shared/icons';
import classes from './AccountMenu.module.css';
import { useMe } from './me';

const SCHEMES: { value: MantineColorScheme; name: string; Icon: typeof SunIcon }[] = [
  { value: 'light', name: 'Light', Icon: SunIcon },
  { value: 'dark', name: 'Dark', Icon: MoonIcon },
  { value: 'auto', name: 'As the system', Icon: SystemIcon },
];

/** Who is signed in, light or dark, and the way out. */
export function AccountMenu() {
  const me = useMe();
  const navigate = useNavigate();
  const signOut = useSigningOut();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={230} transitionProps={{ duration: 0 }}>
      <Menu.Target>
        <ActionIcon variant="default" size="lg" aria-label="Account and appearance">
          <PersonIcon />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <span className={classes.name}>{me.account.name}</span>
          <span>{me.account.email}</span>
        </Menu.Label>
        <Menu.Divider />
        {SCHEMES.map(({ value, name, Icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon size={16} />}
            rightSection={colorScheme === value ? <CheckIcon size={14} /> : null}
            onClick={() => {
              setColorScheme(value);
            }}
          >
            {name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void navigate({ to: '/settings/you' })}>Your account</Menu.Item>
        <Menu.Item
          onClick={() => {
            signOut.mutate(false);
          }}
        >
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
