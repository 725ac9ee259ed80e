import { createTheme } from '@mantine/core';

/** What Mantine asks for in code; the rest stands in app.css, for the server's policy refuses styles that code writes. */
export const theme = createTheme({
  primaryColor: 'indigo',
  defaultRadius: 'md',
  cursorType: 'pointer',
  components: {
    Modal: {
      defaultProps: { lockScroll: false, centered: true, closeButtonProps: { 'aria-label': 'Close' } },
    },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
  },
});
