// The names of the tables, in one place.
export const TABLES = {
  participation: 'channel_participation',
  epochs: 'sealed_epochs',
  participants: 'sealed_participants',
} as const;

export type Table = (typeof TABLES)[keyof typeof TABLES];
