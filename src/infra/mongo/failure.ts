import {
  MongoError,
  MongoErrorLabel,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoSystemError,
  MongoTopologyClosedError,
} from 'mongodb';
import mongoose from 'mongoose';

const AWAY = [MongoNetworkError, MongoSystemError, MongoNotConnectedError, MongoTopologyClosedError];
const PASSING = [MongoErrorLabel.RetryableWriteError, MongoErrorLabel.ResetPool];

/** The database could not be reached or gave up on the operation: the same request may succeed a moment later. */
export function isStoreAway(error: unknown): boolean {
  if (AWAY.some((kind) => error instanceof kind)) return true;
  if (error instanceof MongoError) return PASSING.some((label) => error.hasErrorLabel(label));
  // Mongoose has no class for a command that it may not buffer.
  return error instanceof mongoose.Error && error.message.includes('bufferCommands');
}
