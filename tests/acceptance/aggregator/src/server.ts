import express from 'express';
import { Pool } from 'pg';
import { Aggregator } from './aggregator';

const pool = new Pool({ connectionString: process.env.DATABASE_URL });
const aggregator = new Aggregator(pool);
const app = express();

const HELP = 'Select an epoch from the list, or update the set of channels with the form below';

app.get('/', (_, response) => response.send(HELP));

app.get('/epochs/:epoch/:channel', async (request, response) => {
  const { rows } = await pool.query(
    `SELECT epoch, channel, root, sealed_at, published, published_at, token_group, category
       FROM sealed_epochs
      WHERE epoch = $1 AND channel = $2`,
    [request.params.epoch, request.params.channel],
  );
  response.status(rows.length ? 200 : 404).json(rows[0] ?? { error: 'no such epoch' });
});

app.get('/leaf/:epoch/:channel/:user', async (request, response) => {
  const { epoch, channel, user } = request.params;
  response.json(await aggregator.leaf(Number(epoch), channel, user));
});

app.get('/health', async (_, response) => {
  await pool.query('SELECT 1');
  response.json({ ok: true });
});

app.listen(3000);
