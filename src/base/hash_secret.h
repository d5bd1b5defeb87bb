/* What makes the hashes of this process its own, so that nobody can choose texts whose hashes are alike. No result may
 * depend on them: order, numbers and owners of rows do not. */
#ifndef BASE_HASH_SECRET_H
#define BASE_HASH_SECRET_H

enum { HASH_SECRET_BYTES = 192 }; /* XXH3 takes 136 or more */

/* Set before main, or as the library is loaded; another in every process. */
extern unsigned char hash_secret[HASH_SECRET_BYTES];

#endif
