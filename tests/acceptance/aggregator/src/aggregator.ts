import { createHash } from 'node:crypto';
import { Pool, PoolClient } from 'pg';
import { Table } from './tables';

const SEALED_EPOCHS = 'sealed_epochs';
const EPOCH_SECONDS = 3600;

interface Participant {
  userHash: string;
  username: string | null;
}

interface SealedEpoch {
  epoch: string;
  channel: string;
  root: string;
  token_group: string;
  category: string;
}

export class Aggregator {
  private readonly batch = 500;

  constructor(private readonly pool: Pool) {}

  async noteParticipation(epoch: number, channel: string, userHash: string, tokenGroup: string, category: string) {
    await this.pool.query(
      `INSERT INTO channel_participation (epoch, channel, user_hash, first_seen, token_group, category)
       VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (epoch, channel, user_hash) DO NOTHING`,
      [epoch, channel, userHash, Math.floor(Date.now() / 1000), tokenGroup, category],
    );
  }

  async participants(epoch: number, channel: string): Promise<Participant[]> {
    const { rows } = await this.pool.query<{ user_hash: string; username: string | null }>(
      'SELECT p.user_hash, m.username ' +
        'FROM channel_participation p ' +
        'LEFT JOIN user_mapping m ON m.user_hash = p.user_hash ' +
        'WHERE p.epoch = $1 AND p.channel = $2 ' +
        'ORDER BY p.user_hash',
      [epoch, channel],
    );
    return rows.map((row) => ({ userHash: row.user_hash, username: row.username }));
  }

  async seal(epoch: number, channel: string, tokenGroup: string, category: string): Promise<string> {
    const participants = await this.participants(epoch, channel);
    const root = merkleRoot(participants.map((participant) => participant.userHash));
    const client = await this.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query(
        `INSERT INTO ${SEALED_EPOCHS} (epoch, channel, root, sealed_at, published, token_group, category)
         VALUES ($1, $2, $3, $4, 0, $5, $6)
         ON CONFLICT (epoch, channel) DO UPDATE SET root = EXCLUDED.root, sealed_at = EXCLUDED.sealed_at`,
        [epoch, channel, root, (epoch + 1) * EPOCH_SECONDS, tokenGroup, category],
      );
      for (const [idx, participant] of participants.entries()) {
        await this.sealParticipant(client, epoch, channel, idx, participant, tokenGroup, category);
      }
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw new Error(`Update of sealed_epochs set aside: epoch ${epoch} of ${channel}`, { cause: error });
    } finally {
      client.release();
    }
    return root;
  }

  private async sealParticipant(
    client: PoolClient, epoch: number, channel: string, idx: number, participant: Participant, tokenGroup: string,
    category: string,
  ) {
    const text = `
      INSERT INTO sealed_participants (epoch, channel, idx, user_hash, username, token_group, category)
      VALUES ($1, $2, $3, $4, $5, $6, $7)
      ON CONFLICT (epoch, channel, idx) DO NOTHING
    `;
    await client.query({
      text,
      values: [epoch, channel, idx, participant.userHash, participant.username, tokenGroup, category],
    });
  }

  async unpublished(limit = this.batch): Promise<SealedEpoch[]> {
    const { rows } = await this.pool.query<SealedEpoch>({
      name: 'unpublished-epochs',
      text: `SELECT epoch, channel, root, token_group, category
               FROM sealed_epochs
              WHERE published = 0
              ORDER BY epoch
              LIMIT $1`,
      values: [limit],
    });
    return rows;
  }

  async markPublished(epoch: number, channel: string) {
    const { rowCount } = await this.pool.query(
      'UPDATE sealed_epochs SET published = 1, published_at = now() WHERE epoch = $1 AND channel = $2',
      [epoch, channel],
    );
    if (rowCount === 0) {
      console.warn('UPDATE sealed_epochs SET published = 1 changed nothing');
    }
  }

  async leaf(epoch: number, channel: string, userHash: string) {
    const { rows } = await this.pool.query(
      `SELECT idx, username, token_group
         FROM sealed_participants
        WHERE epoch = $1 AND channel = $2 AND user_hash = $3`,
      [epoch, channel, userHash],
    );
    return rows[0] ?? null;
  }

  async totals(since: number) {
    const { rows } = await this.pool.query(
      `WITH sealed AS (
         SELECT epoch, channel, token_group FROM ${SEALED_EPOCHS} WHERE epoch >= $1
       )
       SELECT s.token_group, count(*)::int AS participants
         FROM sealed s
         JOIN sealed_participants p USING (epoch, channel)
        GROUP BY s.token_group`,
      [since],
    );
    return rows;
  }

  async forget(before: number) {
    await this.pool.query('DELETE FROM channel_participation WHERE epoch < $1', [before]);
  }

  // The table is chosen by the caller, so these are known only when they run.

  async count(table: Table): Promise<number> {
    const { rows } = await this.pool.query(`SELECT count(*)::int AS count FROM ${table}`);
    return rows[0].count;
  }

  async latest(table: Table, channel?: string) {
    let query = `SELECT max(epoch) AS epoch FROM sealed_epochs`;
    if (channel !== undefined) {
      query += ' WHERE channel = $1';
    }
    const { rows } = await this.pool.query(query, channel === undefined ? [] : [channel]);
    return rows[0]?.epoch ?? null;
  }

  async ofCategory(table: Table, filters: string[], values: unknown[]) {
    return this.pool.query(`SELECT epoch, channel FROM ${table} WHERE ${filters.join(' AND ')}`, values);
  }
}

function merkleRoot(hashes: string[]): string {
  const digest = createHash('sha256');
  hashes.forEach((hash) => digest.update(hash));
  return digest.digest('hex');
}
