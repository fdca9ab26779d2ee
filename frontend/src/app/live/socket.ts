import { InjectionToken } from '@angular/core';
import { SUBPROTOCOL } from '@lapse/protocol';

/** The part of a WebSocket that the live connection uses. */
export type LiveSocket = Pick<WebSocket, 'onmessage' | 'onclose' | 'send' | 'close'>;

/** Opens a socket to the server that served this page. The only place in the UI that does. */
export const OPEN_SOCKET = new InjectionToken<() => LiveSocket>('OPEN_SOCKET', {
  providedIn: 'root',
  factory: () => () => {
    const url = new URL('/ws', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url, SUBPROTOCOL);
  },
});
