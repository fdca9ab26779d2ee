import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type ServerOptions, type WebSocket } from 'ws';
import { CLOSE, SUBPROTOCOL } from '@lapse/protocol';
import type { Logger } from '../logger.js';
import { parseQuery } from './client-frame.js';
import { Connection, LIMITS, type ConnectionContext } from './connection.js';

/** How long a closing handshake may take before the socket is simply ended, in ms. */
const CLOSE_WITHIN_MS = 3_000;

/** Connections that one backend holds; more are closed with 1013, to be tried again elsewhere or later. */
const MOST_CONNECTIONS = 50_000;

/** The WebSocket server: sockets on one side, connections on the other. */
export class WsServer {
  private readonly http: Server;
  private readonly server: WebSocketServer;
  private readonly connections = new Map<WebSocket, Connection>();
  /** One for all sockets, as each would else hold on to what is around its own. */
  private readonly onSocketError = (error: Error) => this.logger.debug({ err: error }, 'socket error');

  constructor(
    private readonly context: ConnectionContext,
    private readonly logger: Logger,
    private readonly mostConnections = MOST_CONNECTIONS,
  ) {
    const options: ServerOptions & { closeTimeout: number } = {
      noServer: true,
      maxPayload: LIMITS.frameBytes,
      perMessageDeflate: false,
      closeTimeout: CLOSE_WITHIN_MS,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    };
    this.server = new WebSocketServer(options);
    this.http = createServer((_request, response) => {
      response.writeHead(426, { connection: 'upgrade', upgrade: 'websocket', 'content-type': 'text/plain' });
      response.end('This port speaks WebSocket, at /ws.\n');
    });
    this.http.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  /** Connections open now. */
  get size(): number {
    return this.connections.size;
  }

  /** @throws the error of the listening socket (EADDRINUSE and the like) */
  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.http.once('error', reject);
      this.http.listen(port, host, () => {
        this.http.off('error', reject);
        resolve((this.http.address() as AddressInfo).port);
      });
    });
  }

  /**
   * Accepts no more, closes every connection with 1012, spread over a while so that they do not all come back at
   * once, and ends those that do not answer.
   */
  async close(spreadMs = 0): Promise<void> {
    const closed = new Promise<void>((resolve) => this.http.close(() => resolve()));
    const open = [...this.connections.values()];
    for (const [i, connection] of open.entries()) {
      setTimeout(() => connection.close(CLOSE.restarting, 'restarting'), (i / open.length) * spreadMs);
    }
    const timer = setTimeout(() => {
      for (const socket of this.connections.keys()) socket.terminate();
      this.http.closeAllConnections();
    }, spreadMs + CLOSE_WITHIN_MS);
    await closed;
    clearTimeout(timer);
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const query = queryOf(request.url ?? '');
    if (!query) {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
      return;
    }
    socket.on('error', this.onSocketError);
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, socket, query));
  }

  /** `raw` is the socket under the WebSocket: frames are put together here and written to it as they are. */
  private accept(socket: WebSocket, raw: Duplex, query: URLSearchParams): void {
    socket.on('error', this.onSocketError);
    if (this.connections.size >= this.mostConnections) {
      socket.close(CLOSE.tryAgainLater, 'too many connections: try again later');
      return;
    }
    const connection = new Connection(randomBytes(9).toString('base64url'), raw, socket, this.context);
    this.connections.set(socket, connection);
    const beat = setInterval(keepAlive, this.context.heartbeatMs, socket, connection);

    socket.on('message', (data: RawData, binary: boolean) => {
      if (binary) connection.close(CLOSE.policyViolation, 'frames are text');
      else connection.receive(data.toString());
    });
    socket.on('pong', () => (connection.answered = true));
    socket.on('close', () => {
      clearInterval(beat);
      connection.end();
      this.connections.delete(socket);
    });

    const wish = parseQuery(query);
    if (wish) connection.receiveQuery(wish);
  }
}

/** Sends a heartbeat, or ends a peer that has not answered the last ping by the time of the next. */
function keepAlive(socket: WebSocket, connection: Connection): void {
  if (!connection.answered) {
    socket.terminate();
    return;
  }
  connection.answered = false;
  socket.ping();
  connection.heartbeat();
}

/** The query of a request for `/ws`; undefined when it is for anything else. */
function queryOf(target: string): URLSearchParams | undefined {
  const url = URL.canParse(target, 'ws://lapse') ? new URL(target, 'ws://lapse') : undefined;
  return url?.pathname === '/ws' ? new URLSearchParams(url.search) : undefined;
}
