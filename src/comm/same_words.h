/* Whether all ranks were told the same.
 *
 *     TRY(same_words(&comm, text, bytes, "arguments"));
 */
#ifndef COMM_SAME_WORDS_H
#define COMM_SAME_WORDS_H

#include "comm/comm.h"

/* [collective] Whether all ranks have the words that rank 0 has, and as many: MFALS_USAGE with the first that differs
 * on the lowest rank that has others. words[bytes]: each ends with a NUL. what: what they are, in the plural. */
status same_words(const struct comm *comm, const char *words, int64_t bytes, const char *what);

#endif
