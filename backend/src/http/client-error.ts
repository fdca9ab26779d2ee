import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { Refused, toProblem } from './problem.js';

/** Node keeps the answer under way on the socket, and looks at it in its own handling of this event. */
type HttpSocket = Duplex & { _httpMessage?: ServerResponse };

/**
 * For a server's `clientError`: answers what Node refuses before there is a request, such as a line that is not
 * HTTP, as a problem like any other.
 */
export function answerClientError(error: NodeJS.ErrnoException, socket: HttpSocket): void {
  if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent) {
    socket.destroy();
    return;
  }
  const problem = toProblem(refusal(error.code));
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
}

function refusal(code: string | undefined): Refused {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Refused('headers-too-large', 'The URL and headers have more than 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Refused('request-timeout', 'The request did not arrive in time.');
    default:
      return new Refused('malformed-request', 'The request is not HTTP.');
  }
}
