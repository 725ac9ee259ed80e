import type { ReactNode } from 'react';

/** Outlines on a grid of 24, drawn for this app. They say nothing to a screen reader: what holds them has a name. */
function icon(drawing: ReactNode) {
  return function Icon({ size = 18 }: { size?: number }) {
    return (
      <svg
        width={size}
        height={size}
        viewBox="0 0 24 24"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.7"
        strokeLinecap="round"
        strokeLinejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {drawing}
      </svg>
    );
  };
}

export const OverviewIcon = icon(<path d="M4 20V10M10 20V4M16 20v-7M21 20H3" />);
export const InboxIcon = icon(
  <path d="M4 13 6.500 5h11L20 13v6H4zM4 13h4.500l1.200 2.500h4.600L15.500 13H20" />,
);
export const SettingsIcon = icon(
  <path d="M4 7h9M17 7h3M4 17h3M11 17h9M15 4.800v4.400M9 14.800v4.400M15 7h0M9 17h0" />,
);
export const SunIcon = icon(
  <>
    <circle cx="12" cy="12" r="4" />
    <path d="M12 3v1.500M12 19.500V21M3 12h1.500M19.500 12H21M5.600 5.600l1.100 1.100M17.300 17.300l1.100 1.100M18.400 5.600l-1.100 1.100M6.700 17.300l-1.100 1.100" />
  </>,
);
export const MoonIcon = icon(<path d="M20 14.500A8 8 0 0 1 9.500 4 8 8 0 1 0 20 14.500z" />);
export const SystemIcon = icon(<path d="M3.500 5h17v11h-17zM9 20h6M12 16v4" />);
export const PersonIcon = icon(
  <>
    <circle cx="12" cy="8" r="3.500" />
    <path d="M5 20c.8-3.600 3.600-5.500 7-5.500s6.200 1.900 7 5.500" />
  </>,
);
export const UpIcon = icon(<path d="M12 19V5M6 11l6-6 6 6" />);
export const DownIcon = icon(<path d="M12 5v14M6 13l6 6 6-6" />);
export const CloseIcon = icon(<path d="M6 6l12 12M18 6 6 18" />);
export const ThumbUpIcon = icon(
  <path d="M7 11v9H4v-9zM7 11l4-7.500c1.500 0 2.300 1 2 2.500L12.500 9H19c1 0 1.700 1 1.500 2l-1.500 7.500c-.2.900-.9 1.500-1.800 1.500H7" />,
);
export const ThumbDownIcon = icon(
  <path d="M7 13V4H4v9zM7 13l4 7.500c1.500 0 2.300-1 2-2.500l-.5-3H19c1 0 1.700-1 1.500-2L19 5.500C18.800 4.600 18.100 4 17.200 4H7" />,
);
export const NeutralIcon = icon(
  <>
    <circle cx="12" cy="12" r="8" />
    <path d="M8.500 12h7" />
  </>,
);
export const CheckIcon = icon(<path d="m5 12.500 4.500 4.500L19 7.500" />);
