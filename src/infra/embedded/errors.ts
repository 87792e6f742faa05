/** Names of the server's error codes that this server answers with; drivers show both. */
const NAMES: Readonly<Record<number, string>> = {
  1: 'InternalError',
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  56: 'EmptyFieldName',
  57: 'DottedFieldName',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  91: 'ShutdownInProgress',
  115: 'CommandNotSupported',
  121: 'DocumentValidationFailure',
  146: 'ExceededMemoryLimit',
  123: 'NotAReplicaSet',
  168: 'InvalidPipelineOperator',
  171: 'CannotIndexParallelArrays',
  197: 'InvalidIndexSpecificationOption',
  238: 'NotImplemented',
  263: 'OperationNotSupportedInTransaction',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  8000: 'AtlasError',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
  14031: 'OutOfDiskSpace',
};

/** A failure that is answered to the client with the real server's numeric code. */
export class ServerError extends Error {
  override readonly name: string = 'ServerError';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }

  get codeName(): string {
    return NAMES[this.code] ?? `Location${this.code}`;
  }
}

/** Code 11000. `keyPattern` and `keyValue` are complete BSON documents. */
export class DuplicateKeyError extends ServerError {
  override readonly name = 'DuplicateKeyError';
  readonly keyPattern: Buffer;
  readonly keyValue: Buffer;

  constructor(message: string, keyPattern: Buffer, keyValue: Buffer) {
    super(11000, message);
    this.keyPattern = keyPattern;
    this.keyValue = keyValue;
  }
}

/** Code 2, the server's answer to a value that is out of its domain. */
export function badValue(message: string): ServerError {
  return new ServerError(2, message);
}

/** Code 9, the server's answer to a malformed expression. */
export function failedToParse(message: string): ServerError {
  return new ServerError(9, message);
}

/** Code 14, the server's answer to a value of the wrong BSON type. */
export function typeMismatch(message: string): ServerError {
  return new ServerError(14, message);
}
