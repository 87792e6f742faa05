import express from 'express';
import { connectMongo } from '../../src/infra/mongo/connection.ts';
import { listingSnapshot } from '../../src/wire/listing.ts';

/** The least that takes the same body: parse it with the same schema, insert one document, answer. */
const connection = await connectMongo(process.env.MONGO_URL ?? '', process.env.MONGO_DATABASE ?? 'bare');
const notes = connection.getClient().db(connection.name).collection('bare');
const app = express();
app.use(express.json());
app.post('/', async (request, response) => {
  const parsed = listingSnapshot.safeParse(request.body);
  if (!parsed.success) {
    response.status(422).json({ errors: parsed.error.issues });
    return;
  }
  const { insertedId } = await notes.insertOne({ listingId: parsed.data.id, snapshot: JSON.stringify(request.body) });
  response.json({ id: insertedId });
});
const server = app.listen(0, '127.0.0.1', () => {
  const bound = server.address();
  process.stdout.write(
    `bare ready on http://127.0.0.1:${typeof bound === 'object' && bound !== null ? bound.port : 0}\n`,
  );
});
process.stdin.on('end', () => process.exit(0)).resume();
