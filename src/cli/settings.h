/* All that the user chose for a run, from the command line and the file of --config; the same on every rank.
 *
 *     struct settings settings;
 *     status read = settings_load(&settings, &comm, command_find("train"), argc, argv);
 *     ... settings.solve.factors ...
 *     settings_free(&settings);                  in any case
 */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "cli/commands.h"
#include "ratings/options.h"
#include "solve/options.h"
#include "use/evaluate.h"

enum show { SHOW_NOTHING, SHOW_HELP, SHOW_VERSION };
enum list_format { LIST_TSV, LIST_JSONL, LIST_HDF5 };

/* For generate. */
struct made_up {
    uint64_t users, items, ratings_per_user;
    int factors;
    double noise;
    bool explicit_values;
};

/* For plan. */
struct sizes {
    uint64_t users, items, ratings; /* 0: not given */
    int nodes, ranks_per_node;
    double link;   /* Gbit/s */
    double memory; /* GiB of a node; 0: not given */
    double gflops; /* of a rank; 0: measured */
};

enum { DURATION_TEXT_SIZE = 40 };

struct duration {
    double seconds; /* 0: none */
    char text[DURATION_TEXT_SIZE];
};

/* Iterations and seconds, whichever have passed first; 0: not counted. */
struct interval {
    int64_t iterations;
    double seconds;
    char text[DURATION_TEXT_SIZE];
};

/* Texts are not owned and may be NULL. */
struct settings {
    const struct command *command;
    char **words; /* those that are no options */
    int word_count;
    struct ratings_options ratings;
    struct solve_options solve;
    struct evaluation_options evaluation;
    struct made_up made_up;
    struct sizes sizes;
    const char *output, *log_json, *config;
    const char *test, *seen, *candidates, *early_stop;
    const char *users, *titles, *fold_in, *item;
    bool include_seen;
    int top;         /* of recommend, similar */
    int list_format; /* enum list_format */
    bool has_output_format, has_duplicates, has_format, has_columns, has_biases, has_learning_rate,
        has_schedule, has_sgd_blocks, has_solver, has_cg_steps, has_axes;
    uint64_t hold_out_random, hold_out_last; /* 0: not given */
    double hold_out_users;                   /* 0: not given */
    int on_bad_line;                         /* 1: skip */
    int recall_cut;                          /* 1: k */
    int baseline;                            /* 1: popular */
    const char *checkpoint_dir, *resume;     /* resume: auto, never or a file */
    struct interval checkpoint_every;
    struct duration max_time, stall_timeout;
    bool has_checkpoint_every, has_resume;
    int verbosity;                      /* enum log_level */
    int show;                           /* enum show: asked for in place of a run */
    char init_text[40];                 /* solve.init and solve.init_scale in words */
    char tops_text[128];                /* evaluation.tops in words */
    char sample[4096], *sample_path[1]; /* ratings.paths where none are named */
    char *config_values;                /* owned: texts from the file */
};

/* [collective] Sets the options of a command: their defaults, then the file of --config, then the command line,
 * argv[1] and on; other words there stay in argv (argp may reorder it). MFALS_USAGE for whatever is wrong in either,
 * also by what another option says; MFALS_NO_INPUT where the file cannot be read. */
status settings_load(struct settings *settings, const struct comm *comm, const struct command *command,
                     int argc, char **argv);

/* [local] The last step of it: the values that depend on others, once those given are set. MFALS_USAGE. */
status settings_settle(struct settings *settings);

/* [local] Whether training has ratings to be tested on. */
bool settings_have_test(const struct settings *settings);

/* [local] After settings_load, whatever it returned. */
void settings_free(struct settings *settings);

#endif
