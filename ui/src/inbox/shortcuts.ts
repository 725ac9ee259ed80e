import { useEffect, useRef } from 'react';

/** What the keys of the inbox do, for people. */
export const SHORTCUTS = [
  { keys: ['j'], does: 'The next vote' },
  { keys: ['k'], does: 'The vote before' },
  { keys: ['Enter'], does: 'Open the vote' },
  { keys: ['Esc'], does: 'Close it' },
  { keys: ['/'], does: 'Search comments' },
  { keys: ['?'], does: 'Show these keys' },
] as const;

/** Calls what a key stands for, while nobody types or has a dialog open. */
export function useShortcuts(actions: Record<string, () => void>): void {
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const action = latest.current[event.key];
      if (!action || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isTyping(event.target) || document.querySelector('[role="dialog"]') !== null) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', pressed);
    return () => {
      document.removeEventListener('keydown', pressed);
    };
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}
