/** Most tickets of an authority that have not expired. 1,000: far more than are handed out within their 10 minutes. */
export const maxTickets = 1000;

/** Most members of an authority. 10,000: its state, which each enrolment writes anew, has 20 MB then at most. */
export const maxMembers = 10_000;

/** Most uses of one ticket. 10,000: no more members fit. */
export const maxUsageCount = 10_000;

/** Longest time a ticket is good, in milliseconds: 366 days, as the longest credential. */
export const maxTicketMs = 31_622_400_000;

/** Longest time a credential of an authority is good, in milliseconds: 366 days, as @x/identity has it. */
export const maxCredentialMs = 31_622_400_000;

/** How long credentials of an authority are good unless told otherwise, in milliseconds: 30 minutes. Members renew theirs in time. */
export const defaultCredentialMs = 1_800_000;

/** Length of a ticket's secret, in bytes. 16: 128 bits, which nobody guesses. */
export const secretBytes = 16;

/** Most routes of a ticket. 8: some addresses of a machine, and a relay or two. */
export const maxTicketRoutes = 8;

/** Most services of one share. 16: what one machine offers together. */
export const maxSharedServices = 16;

/** Longest ticket, in characters. 16 KiB: room for 8 routes of the longest addresses that occur. */
export const maxTicketLength = 16_384;

/** Longest request or answer of an authority, in bytes. 16 KiB: the longest credential in hex digits, and names. */
export const maxAuthorityMessageBytes = 16_384;

/** Longest wait for a channel to an authority, and for its answer, in milliseconds each. 10,000: longer than any healthy path. */
export const authorityTimeoutMs = 10_000;

/** Memberships that a home remembers. 100: the oldest gives way. */
export const maxMemberships = 100;

/** First pause after a renewal that failed, in milliseconds. It doubles. */
export const firstRenewalRetryMs = 500;

/** Longest pause after a renewal that failed, in milliseconds. 30,000: an authority that came back is found soon. */
export const maxRenewalRetryMs = 30_000;

/** Pause between looks for credentials that others stored, in milliseconds. 60,000: memberships change rarely. */
export const renewalLookMs = 60_000;
