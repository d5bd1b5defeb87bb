/* Files that are not plain text, compressed ones, say: each is read by one rank, and its text dealt to all in blocks of
 * whole lines. */
#ifndef READ_BLOCKS_H
#define READ_BLOCKS_H

#include "read/parser.h"

enum { BLOCKS_PER_ROUND = 16 };

/* [collective] Reads the files of the inputs that are dealt into parser on all ranks. The ranks proceed in
 * rounds: each sender reads up to BLOCKS_PER_ROUND blocks, they are exchanged, and every rank parses
 * what it got. No rank ever holds more than one round's blocks, and nobody waits for anything but the round.
 * Faults of the data are left in parser->fault, the first of all files on at least one rank; MFALS_NO_MEMORY
 * is returned on all. */
status blocks_read(struct parser *parser, const struct comm *comm, const struct inputs *inputs);

/* [local] Of the files that this rank reads for all, as they lie there. */
int64_t blocks_bytes(const struct comm *comm, const struct inputs *inputs);

#endif
