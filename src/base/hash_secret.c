#include "base/hash_secret.h"

#include "base/random.h"

#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

unsigned char hash_secret[HASH_SECRET_BYTES];

/* Where the system has no random numbers for us: the time, the process, and where it was loaded. */
static void fill_otherwise(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t)now.tv_nsec ^ (uint64_t)now.tv_sec << 30 ^ (uint64_t)getpid() << 44 ^
                    (uint64_t)(uintptr_t)hash_secret ^ (uint64_t)(uintptr_t)&now << 20;
    for (int64_t i = 0; i < HASH_SECRET_BYTES; i += (int64_t)sizeof seed) {
        uint64_t bits = random_bits(seed, RANDOM_USER_FACTORS, i, 0);
        memcpy(hash_secret + i, &bits, sizeof bits);
    }
}

__attribute__((constructor)) static void fill(void)
{
    if (getrandom(hash_secret, sizeof hash_secret, GRND_NONBLOCK) != (ssize_t)sizeof hash_secret)
        fill_otherwise();
}
