/* All that the user chose for a run; the same on every rank. Resolved once from what was given, checked once, and only
 * read from then on.
 *
 *     struct option_inputs inputs = {.command = command_find("train")};
 *     TRY(option_give(&inputs, option_find("factors", FOR_TRAIN), "32"));
 *     struct run_config config;
 *     TRY(run_config_resolve(&config, &inputs));
 *     ... config.solve.factors ...
 */
#ifndef OPTIONS_RUN_CONFIG_H
#define OPTIONS_RUN_CONFIG_H

#include "options/commands.h"
#include "options/option_inputs.h"
#include "ratings/options.h"
#include "ratings/synthetic.h"
#include "solve/options.h"
#include "use/evaluate.h"

enum verbosity { SAY_LITTLE, SAY_USUAL, SAY_ALL };
/* Settings where none are given: those of Rendle et al.'s model; Hu et al.'s of a teaching notebook. */
enum preset { PRESET_AUTO, PRESET_NOTEBOOK };
enum list_format { LIST_TSV, LIST_JSONL, LIST_HDF5 };

/* For plan. */
struct plan_request {
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

/* --early-stop METRIC[:PATIENCE]: to stop when a metric of the test has not improved for so many iterations. */
struct stop_rule {
    char metric[VALUE_NAME_SIZE]; /* "": none */
    int patience;
};

/* Texts are not owned and may be NULL. */
struct run_config {
    const struct command *command;
    bool given[OPTIONS_MAX]; /* by the user, each row of the option table */
    char **operands;         /* the command's words that are no options */
    int operand_count;
    struct ratings_options ratings; /* paths: the operands */
    int preset;                     /* enum preset */
    struct solve_options solve;
    struct evaluation_options evaluation;
    struct synthetic_options synthetic;
    struct plan_request plan;
    struct duration half_life;
    const char *now; /* in words: ratings.aging */
    const char *output, *log_json, *config_file;
    const char *test, *seen, *candidates;
    const char *early_stop; /* in words: */
    struct stop_rule stop_rule;
    const char *users, *user, *titles, *fold_in, *item;
    bool include_seen;
    int top;                             /* of recommend, similar */
    int list_format;                     /* enum list_format */
    const char *checkpoint_dir, *resume; /* resume: auto, never or a file */
    struct interval checkpoint_every;
    struct duration max_time, stall_timeout;
    int verbosity;          /* enum verbosity */
    char init_text[40];     /* solve.init and solve.init_scale in words */
    char cutoffs_text[128]; /* evaluation.cutoffs in words */
};

/* [local] Defaults, what was given, and what depends on both. Texts are kept by reference. MFALS_USAGE where options go
 * against each other. */
status run_config_resolve(struct run_config *config, const struct option_inputs *inputs);

/* [local] Whether the user gave an option of the command. */
bool run_config_given(const struct run_config *config, const char *option);

/* [local] Whether training has ratings to be tested on. */
bool run_config_has_test(const struct run_config *config);

/* [local] Whether scores are predicted ratings. */
bool run_config_is_explicit(const struct run_config *config);

/* [local] MFALS_USAGE, naming the option, where ratings that were read by one configuration cannot be trained on by
 * another. */
status run_config_same_reading(const struct run_config *config, const struct run_config *read_by);

#endif
