import { BadSetting, readConfig } from './config.js';

describe('readConfig', () => {
  const REDIS_URL = 'redis://127.0.0.1:6379';

  it('needs only REDIS_URL; the rest has the defaults of the contract', () => {
    expect(readConfig({ REDIS_URL, LOG_LEVEL: '' })).toEqual(
      jasmine.objectContaining({
        host: '127.0.0.1',
        httpPort: 8080,
        wsPort: 8081,
        logLevel: 'info' as const,
      }),
    );
  });

  it('reads every kind of REDIS_URL', () => {
    const target = (url: string) => readConfig({ REDIS_URL: url }).redis;
    expect(target('redis://user:p%40ss@[::1]:7000/3')).toEqual({
      options: { username: 'user', password: 'p@ss', database: 3, socket: { host: '::1', port: 7000 } },
      database: 3,
    });
    expect(target('rediss://redis.example').options.socket).toEqual({
      host: 'redis.example',
      port: 6379,
      tls: true,
    });
    expect(target('unix:///run/redis%20a.sock').options.socket).toEqual({
      path: '/run/redis a.sock',
      tls: false,
    });
    expect(target('redis://a:1, redis://b:2').cluster).toEqual(['redis://a:1', 'redis://b:2']);
  });

  const bad: [setting: string, value: string | undefined][] = [
    ['REDIS_URL', undefined],
    ['REDIS_URL', 'localhost:6379'],
    ['REDIS_URL', 'http://localhost'],
    ['REDIS_URL', 'redis://h/name'],
    ['REDIS_URL', 'unix://'],
    ['REDIS_URL', 'redis://a,unix:///b'],
    ['REDIS_URL', 'redis://a/1,redis://b/1'],
    ['HTTP_PORT', 'eighty'],
    ['WS_PORT', '65536'],
    ['WS_PORT', '8080'],
    ['HOST', 'not a host'],
    ['LOG_LEVEL', 'loud'],
  ];
  for (const [setting, value] of bad) {
    it(`refuses ${setting}=${value ?? '(absent)'} in one line that names it`, () => {
      const error = (() => {
        try {
          return readConfig({ REDIS_URL, [setting]: value });
        } catch (caught) {
          return caught as Error;
        }
      })() as Error;
      expect(error).toBeInstanceOf(BadSetting);
      expect(error.message).toMatch(new RegExp(`^${setting} [^\\n]+$`));
    });
  }

  it('never shows the password of a REDIS_URL it refuses', () => {
    expect(() => readConfig({ REDIS_URL: 'redis://u:secret@h/name' })).toThrowMatching(
      (error: Error) => !error.message.includes('secret'),
    );
  });
});
