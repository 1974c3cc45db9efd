import type { ReceivedRecord } from '../receiver/otlp-record.ts';
import { pageRecordOf } from './page-record.ts';
import { Picture } from './picture.ts';
import { RecordFeeds } from './record-feeds.ts';
import { type ReportData, type SourceTrouble, TABLES, type TableName, type TableView } from './snapshot.ts';

/** Records in a report, errors beyond them not counted: about a kilobyte each. */
const RECORDS = 1000;

/** What a report is made of, while records come in. */
export class ReportBuilder {
  readonly #picture = new Picture(true);
  readonly #feeds = new RecordFeeds(RECORDS);

  add(record: ReceivedRecord, isListed: boolean): void {
    this.#picture.add(record, Date.now());
    if (isListed) this.#feeds.add(record);
  }

  data(trouble: SourceTrouble): ReportData {
    const tables = TABLES.map((name) => [name, this.#picture.table(name)]);
    return {
      snapshot: this.#picture.snapshot(Date.now(), trouble),
      tables: Object.fromEntries(tables) as Record<TableName, TableView>,
      records: this.#feeds.last().map(pageRecordOf),
    };
  }
}
