/* All that the user chose for a run, from the command line and the file of --config; the same on every rank.
 *
 *     struct settings settings;
 *     status read = settings_load(&settings, &comm, argc, argv);
 *     ... settings.solve.factors ...
 *     settings_free(&settings);                  in any case
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "comm/comm.h"
#include "ratings/options.h"
#include "solve/options.h"

enum show { SHOW_NOTHING, SHOW_HELP, SHOW_VERSION };

struct settings {
    struct ratings_options ratings;
    struct solve_options solve;
    const char *output, *log_json, *config; /* not owned; the latter two may be NULL */
    bool has_duplicates;                    /* given by the user */
    int on_bad_line;                        /* 1: skip */
    int verbosity;                          /* enum log_level */
    int show;                               /* enum show: asked for in place of a run */
    char init_text[40];                     /* solve.init and solve.init_scale in words */
    char sample[4096], *sample_path[1];     /* ratings.paths where none are named */
    char *config_values;                    /* owned: texts from the file */
};

/* [collective] Sets every option of the table in cli/options.h: its default, then the file of --config, then
 * the command line, argv[1] and on; other words there are the ratings' paths, which stay in argv (argp may
 * reorder it). MFALS_USAGE for whatever is wrong in either; MFALS_NO_INPUT where the file cannot be read. */
status settings_load(struct settings *settings, const struct comm *comm, int argc, char **argv);

/* [local] After settings_load, whatever it returned. */
void settings_free(struct settings *settings);

#endif
