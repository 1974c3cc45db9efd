import type { ChunkPool } from '../buffer/chunk-pool.ts';
import type { FreshRecords } from '../buffer/fresh-records.ts';
import type { ScopeGroups } from '../buffer/scope-groups.ts';
import type { Spool } from '../spool/spool.ts';
import type { DeliveryCounter } from '../stream/delivery-counter.ts';
import type { StreamDependencies, StreamSettings, StreamSizes } from '../stream/stream-settings.ts';
import type { Transport } from '../transport/transport.ts';
import type { Wakeup } from './wakeup.ts';

export interface SenderDependencies
  extends Pick<StreamDependencies, 'now' | 'random' | 'onError' | 'encoder' | 'wallMs' | 'startTimer'> {
  readonly settings: StreamSettings;
  readonly sizes: StreamSizes;
  readonly transport: Transport;
  readonly groups: ScopeGroups;
  readonly chunks: ChunkPool;
  readonly fresh: FreshRecords;
  readonly counter: DeliveryCounter;
  readonly wakeup: Wakeup;
  /** Where batches go that are not acknowledged in time; `undefined`: nowhere. */
  readonly spool: Spool | undefined;
}
