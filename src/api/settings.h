/* All that the user chose for a run; the same on every rank.
 *
 *     struct settings settings;
 *     options_default(&settings, command_find("train"));
 *     TRY(option_set(&settings, option_find("factors", FOR_TRAIN), "32"));
 *     TRY(settings_settle(&settings));
 *     ... settings.solve.factors ...
 */
#ifndef API_SETTINGS_H
#define API_SETTINGS_H

#include "api/commands.h"
#include "ratings/options.h"
#include "solve/options.h"
#include "use/evaluate.h"

enum verbosity { SAY_LITTLE, SAY_USUAL, SAY_ALL };
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
    const char *output, *log_json, *config; /* config: where options were read from */
    const char *test, *seen, *candidates, *early_stop;
    const char *users, *user, *titles, *fold_in, *item;
    bool include_seen;
    int top;         /* of recommend, similar */
    int list_format; /* enum list_format */
    bool has_output, has_output_format, has_duplicates, has_format, has_columns, has_biases,
        has_learning_rate, has_schedule, has_sgd_blocks, has_solver, has_cg_steps, has_axes, has_nonnegative,
        has_weight, has_weight_epsilon;
    int weight;                              /* 1: log */
    uint64_t hold_out_random, hold_out_last; /* 0: not given */
    double hold_out_users;                   /* 0: not given */
    int on_bad_line;                         /* 1: skip */
    int recall_cut;                          /* 1: k */
    int baseline;                            /* 1: popular */
    const char *checkpoint_dir, *resume;     /* resume: auto, never or a file */
    struct interval checkpoint_every;
    struct duration max_time, stall_timeout;
    bool has_checkpoint_every, has_resume;
    int verbosity;       /* enum verbosity */
    char init_text[40];  /* solve.init and solve.init_scale in words */
    char tops_text[128]; /* evaluation.tops in words */
};

/* [local] The values that depend on others, once those given are set. MFALS_USAGE where they go against each other. */
status settings_settle(struct settings *settings);

/* [local] Whether training has ratings to be tested on. */
bool settings_have_test(const struct settings *settings);

#endif
