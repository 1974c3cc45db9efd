/** The options where nothing is set, as the design has them. */
export const DEFAULTS = {
  enabled: true,
  level: 'info',
  rate: 1000,
  burst: 2000,
  errorRate: 200,
  errorBurst: 1000,
  slowMs: 1000,
  ignore: [],
  noise: [],
  sensitivePaths: ['/login', '/oauth/**', '/token'],
  trustedProxies: [],
  clientIpHeaders: ['forwarded', 'x-forwarded-for'],
  clientIp: 'full',
  requestHeaders: [],
  responseHeaders: [],
  body: 'line',
  stdout: 'off',
  tracing: 'auto',
  propagate: false,
  shutdownTimeoutMs: 5000,
  skip: undefined,
  attributes: undefined,
};

/** The standard variables where nothing is set. */
export const OTEL_DEFAULTS = {
  sdkDisabled: false,
  logsExporter: 'otlp',
  otlp: { protocol: 'grpc', endpoint: 'http://localhost:4317' },
  batch: { scheduleDelayMs: 1000, exportTimeoutMs: 30_000, maxQueueSize: undefined, maxExportBatchSize: 512 },
  logLevel: 'info',
  knownMethods: undefined,
  warnings: [],
};
