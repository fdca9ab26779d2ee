import { CACHE_NAME } from '@lapse/protocol';
import { Invalid } from '../errors.js';

/** @throws Invalid when it cannot be the name of a cache */
export function checkCacheName(name: string): string {
  if (CACHE_NAME.test(name)) return name;
  throw new Invalid([
    {
      parameter: 'cache',
      detail:
        'A cache name is 1 to 64 characters of a-z, 0-9, ".", "_" and "-", and begins with a letter or digit.',
    },
  ]);
}
