/* What a run says of itself at its beginning: when, where, by what command, with which software.
 *
 *     struct run_header header;
 *     run_header_open(&header, program);              lines for people
 *     run_header_log(&header, log);                   the event "start"
 *     run_header_close(&header);
 */
#ifndef CLI_RUN_HEADER_H
#define CLI_RUN_HEADER_H

#include "cli/json_log.h"
#include "cli/placement.h"

enum { RUN_WARNINGS = 2, RUN_WARNING_SIZE = 512 };

struct run_header {
    const struct program *program; /* not owned */
    struct placement placement;    /* owned */
    char warning[RUN_WARNINGS][RUN_WARNING_SIZE];
    int warnings;
};

/* [collective] Tells the beginning of a log, in some lines, and a terminal in fewer. What is odd about the cores that
 * the ranks have is warned of there: tests and trials start more ranks than cores on purpose. */
void run_header_open(struct run_header *header, const struct program *program);

/* [local] "start": hosts with their ranks and cores, command, versions, job, options in force, warnings. */
void run_header_log(const struct run_header *header, struct json_log *log);

/* [collective] The lines alone, for a command without events. */
void run_header_tell(const struct program *program);

/* [local] */
void run_header_close(struct run_header *header);

#endif
