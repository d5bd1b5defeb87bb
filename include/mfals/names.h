/* What there is by name: commands, their options, metrics.
 *
 *     struct mfals_option option;
 *     for (int i = 0; mfals_option(&option, "train", i); i++)
 *         if (mfals_option_type("train", option.name) == MFALS_OPTION_REAL)
 *             printf("%s: %s\n", option.name, option.help);
 *     struct mfals_metric_info metric;
 *     for (int i = 0; mfals_metric_info(&metric, i); i++)
 *         printf("%s%s: %s\n", metric.name, metric.has_cutoff ? "@10" : "", metric.what);
 */
#ifndef MFALS_NAMES_H
#define MFALS_NAMES_H

#include <mfals/api.h>

MFALS_BEGIN

/* The options of each command by name: which functions of mfals/options.h set and get them, by type (text:
 * mfals_options_set and _get, which take all of them; integer: _set_int, _get_int; number: _set_real, _get_real;
 * flag: _set_flag, _get_flag), and the commands that have them.
 *
 *     algorithm          text     train plan
 *     alpha              number   train plan
 *     axes               text     train
 *     bad-line-limit     number   train evaluate recommend convert plan
 *     baseline           text     evaluate
 *     biases             flag     train
 *     candidates         text     train evaluate
 *     cg-steps           integer  train
 *     checkpoint-dir     text     train
 *     checkpoint-every   text     train
 *     clip               flag     train evaluate recommend
 *     columns            text     train evaluate recommend convert plan
 *     duplicates         text     train evaluate recommend convert plan
 *     early-stop         text     train
 *     encoding           text     train evaluate recommend convert plan
 *     explicit           flag     generate
 *     factors            integer  train generate plan
 *     fold-in            text     recommend
 *     format             text     train evaluate recommend convert plan
 *     gflops             number   plan
 *     half-life          text     train plan
 *     header             text     train evaluate recommend convert plan
 *     holdout            integer  train
 *     holdout-last       integer  train
 *     holdout-users      number   train
 *     ids                text     train evaluate recommend convert plan
 *     include-seen       flag     recommend
 *     init               text     train
 *     item               text     similar
 *     items              integer  generate plan
 *     iterations         integer  train
 *     kernel             text     train evaluate recommend similar plan
 *     lambda             number   train
 *     learning-rate      number   train
 *     link               number   plan
 *     log-json           text     train evaluate
 *     max-time           text     train
 *     memory             number   plan
 *     negatives          integer  train evaluate
 *     nodes              integer  plan
 *     noise              number   generate
 *     nonnegative        flag     train plan
 *     now                text     train
 *     on-bad-line        text     train evaluate recommend convert plan
 *     output             text     train recommend convert generate
 *     output-format      text     recommend
 *     preset             text     train plan
 *     quiet              flag     all
 *     ranks-per-node     integer  plan
 *     ratings            integer  plan
 *     ratings-per-user   integer  generate
 *     recall-cut         text     train evaluate
 *     reg-exponent       number   train
 *     replica            text     train evaluate recommend similar
 *     resume             text     train
 *     schedule           text     train
 *     seed               integer  train evaluate generate
 *     seen               text     evaluate recommend
 *     separator          text     train evaluate recommend convert plan
 *     sgd-blocks         integer  train plan
 *     solver             text     train
 *     stall-timeout      text     all
 *     test               text     train evaluate
 *     titles             text     recommend similar
 *     top                integer  recommend similar
 *     top                text     train evaluate
 *     unobserved-ratio   number   train plan
 *     unobserved-weight  number   train plan
 *     user-exponent      number   train plan
 *     item-exponent      number   train plan
 *     user               text     recommend
 *     users              integer  generate plan
 *     users              text     recommend
 *     verbose            flag     all
 *     weight             text     train plan
 *     weight-epsilon     number   train
 *     nonpositive        text     train plan
 *
 * The metrics of an evaluation, K being a cutoff of option top; the last four are of models of explicit ratings:
 *
 *     hr@K ndcg@K recall@K precision@K map@K mrr auc rmse mae rmse_known mae_known
 */

/* What is known of a command. Nothing in it is to be freed, as in what follows. */
struct mfals_command {
    const char *name, *summary, *description;
    const char *words;        /* what its other words are, for the usage line */
    const char *needs;        /* options without which it does nothing, with a blank behind; "": none */
    int words_min, words_max; /* how many; words_max 0: any number, -1: none */
};

/* [local] The commands of mfals, one after the other: *command <- number i from 0 on. Returns 0 for an i that is
 * negative or behind the last, as what follows. */
MFALS_API int mfals_command(struct mfals_command *command, int i);

struct mfals_option {
    const char *name;
    char key;             /* the letter of the short form, or 0 */
    const char *argument; /* what stands for the value in the help; NULL for switches */
    const char *value;    /* the default; NULL where there is none, or the help tells it */
    const char *help;
    const char *const *choices; /* ends with NULL; NULL where the value is no choice */
    int group;                  /* of like options, from 1 on */
    const char *title;          /* of the group */
    /* help, version, config: for who reads a command line, not for mfals_options_set */
    int of_program;
};

/* [local] The options of a command, one after the other: *option <- number i from 0 on. Returns 0 also where there is
 * no such command. */
MFALS_API int mfals_option(struct mfals_option *option, const char *command, int i);

/* Which functions of mfals/options.h set and get an option; mfals_options_set and mfals_options_get do it for all but
 * MFALS_OPTION_NONE. */
enum mfals_option_type {
    MFALS_OPTION_NONE, /* no such option, or one of the program alone */
    MFALS_OPTION_TEXT,
    MFALS_OPTION_INT,
    MFALS_OPTION_REAL,
    MFALS_OPTION_FLAG
};

/* [local] The type of a command's option. */
MFALS_API enum mfals_option_type mfals_option_type(const char *command, const char *name);

/* [local] Whether an option of "train" belongs to the reading of ratings (mfals/ratings.h). */
MFALS_API int mfals_option_is_of_reading(const char *name);

struct mfals_metric_info {
    const char *name;    /* as --early-stop, mfals_metric and the log have it, but for the cutoff */
    const char *what;    /* in words */
    int has_cutoff;      /* of the first K items: "hr@10" */
    int of_ratings;      /* only of models of explicit ratings, which predict them */
    int lower_is_better; /* of errors */
};

/* [local] The metrics of an evaluation, one after the other: *metric <- number i from 0 on. */
MFALS_API int mfals_metric_info(struct mfals_metric_info *metric, int i);

MFALS_END
#endif
