import type { IncomingMessage } from 'node:http';
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { RequestError } from './request-error.ts';

/**
 * The whole body, decompressed. Throws RequestError: `body_too_large` as soon as more than `limit` bytes are declared
 * or arrive (counted after decompression), `malformed_body` for broken or truncated compression and for a body cut
 * off by the sender, `not_acceptable_encoding`.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (Number(request.headers['content-length'] ?? 0) > limit) return Promise.reject(tooLarge(limit));
  if (encoding === 'identity') return collect(request, request, limit);
  const decoder = decoderOf(encoding);
  if (decoder === null) {
    return Promise.reject(
      new RequestError(
        'not_acceptable_encoding',
        { zh: `不支持 Content-Encoding: ${encoding.slice(0, 40)}`, en: 'Content-Encoding is not gzip, deflate or br' },
        [],
        { 'Accept-Encoding': 'gzip, deflate, br' },
      ),
    );
  }
  return collect(request, request.pipe(decoder), limit);
}

function decoderOf(encoding: string): Transform | null {
  if (encoding === 'gzip' || encoding === 'x-gzip') return createGunzip();
  if (encoding === 'deflate') return createInflate();
  if (encoding === 'br') return createBrotliDecompress();
  return null;
}

function collect(request: IncomingMessage, source: IncomingMessage | Transform, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const fail = (error: RequestError): void => {
      source.removeListener('data', onData);
      if (source !== request) request.unpipe();
      request.resume();
      reject(error);
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size > limit) fail(tooLarge(limit));
      else chunks.push(chunk);
    };
    source.on('data', onData);
    source.on('end', () => {
      const [only] = chunks;
      resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, size));
    });
    source.on('error', () => {
      fail(broken(source === request));
    });
    if (source !== request) {
      request.on('error', () => {
        fail(broken(true));
      });
    }
  });
}

function broken(cutOff: boolean): RequestError {
  return cutOff
    ? new RequestError('malformed_body', { zh: '请求体中途中断', en: 'the body was cut off' })
    : new RequestError('malformed_body', {
        zh: '请求体的压缩数据损坏或不完整',
        en: 'the compressed body is corrupt or truncated',
      });
}

function tooLarge(limit: number): RequestError {
  return new RequestError('body_too_large', {
    zh: `请求体(解压后)最多 ${limit} 字节`,
    en: `the body may have at most ${limit} bytes after decompression`,
  });
}
