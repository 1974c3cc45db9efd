/** Variables with which every request has its record: no limit, and no errors mode when records are lost. */
export const ALL_ADMITTED = {
  ACCESS_LOG_RATE: '1000000',
  ACCESS_LOG_BURST: '1000000',
  ACCESS_LOG_DEGRADE: 'off',
};
