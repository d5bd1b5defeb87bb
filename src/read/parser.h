/* Chunks of text into raw ratings. All local.
 *
 *     struct parser parser = {.raw = &raw, .format = &format, .skip_bad_lines = true};
 *     TRY(parse_chunk(&parser, file, &chunk, &line));       until parser.fault.code != MFALS_OK
 */
#ifndef READ_PARSER_H
#define READ_PARSER_H

#include "read/chunks.h"
#include "read/fault.h"
#include "read/format.h"
#include "read/raw.h"

struct parser {
    struct raw_ratings *raw;     /* not owned */
    const struct format *format; /* not owned */
    bool skip_bad_lines;
    int64_t
        expected_bytes; /* of text this rank will take in, 0 if unknown: room is made for its ratings at once */
    struct fault fault;   /* the first that ends the reading */
    struct fault skipped; /* the first that does not */
};

/* [local] Adds the chunk's ratings to parser->raw, up to the first fault. *line: the number of its first
 * line, counted from 0 as fault.h says; advanced by the lines read. MFALS_NO_MEMORY; or MFALS_BAD_DATA for
 * too many ids. */
status parse_chunk(struct parser *parser, int64_t file, const struct chunk *chunk, int64_t *line);

#endif
