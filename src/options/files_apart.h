/* That a run writes over none of its own files: every output against every input and every other output, as the option
 * table (struct option_row, `file`) and the command's words name them. */
#ifndef OPTIONS_FILES_APART_H
#define OPTIONS_FILES_APART_H

#include "comm/comm.h"
#include "options/run_config.h"

/* [collective] Files are told by what they are, not by their names; those that are not there yet by their folder and
 * name. A folder of inputs is all the files that are read from it, now or when the run is repeated; a checkpoint
 * folder, those that mfals keeps in it. MFALS_USAGE with a line that names both. As rank 0 sees them.
 *   output  what is written in place of --output; NULL: that
 *   also    one more input, or NULL */
status files_check_apart(const struct comm *comm, const struct run_config *config, const char *output,
                         const char *also);

#endif
