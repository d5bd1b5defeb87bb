/* The option table: what the command line, the file of --config, the help and the list of options in force
 * know. To add an option: a row in option_table.c, and the field of struct run_config that it fills.
 *
 *     for (int i = 0; i < option_count; i++)
 *         if (option_table[i].commands & FOR_TRAIN)
 *             printf("--%s  %s\n", option_table[i].name, option_table[i].help);
 */
#ifndef OPTIONS_OPTION_TABLE_H
#define OPTIONS_OPTION_TABLE_H

#include "options/run_config.h"

#include <stdbool.h>
#include <stddef.h>

enum option_kind {
    OPTION_INT,        /* int from low to high */
    OPTION_LONG,       /* uint64_t from low to high, at most 2^63 - 1 */
    OPTION_REAL,       /* finite double from low to high */
    OPTION_SHARE,      /* the same, which may be written as a percentage */
    OPTION_TEXT,       /* const char *, not empty */
    OPTION_CHOICE,     /* enum: the place in choices */
    OPTION_EITHER,     /* bool: whether it is the second of two choices */
    OPTION_WORD,       /* const char *: one of choices */
    OPTION_FLAG,       /* int, set to `sets` */
    OPTION_SWITCH,     /* bool */
    OPTION_INIT,       /* uniform:WIDTH or normal:SD, to solve.init and solve.init_scale */
    OPTION_CUTOFFS,    /* ascending numbers, to evaluation.cutoffs and cutoff_count */
    OPTION_REPLICA,    /* int: node, rank or a number of ranks */
    OPTION_DURATION,   /* struct duration: 90s, 10m, 3h55m, 2w, 1y, or 0 */
    OPTION_INTERVAL,   /* struct interval: iterations, a duration, or both with a comma between */
    OPTION_OF_PROGRAM, /* none: for who reads a command line */
};

/* What a run that is taken up again may have otherwise than before. */
enum on_resume {
    RESUME_SAME,      /* nothing: it shapes the factors */
    RESUME_WITH_STOP, /* anything, unless --early-stop goes by it */
    RESUME_ANY        /* anything, or what matters is told by the ratings' digest */
};

/* What an option's text names, if it is a file. */
enum option_file {
    NO_FILE,
    FILE_READ,    /* or a folder of files */
    FILE_RESUMED, /* a checkpoint to be read, unless it is a word */
    FILE_WRITTEN,
    FOLDER_WRITTEN
};

/* Whether an option may change between two trainings on the same ratings. */
enum option_stage { OF_TRAINING, OF_READING };

enum option_group { GROUP_MODEL = 1, GROUP_RATINGS, GROUP_TEST, GROUP_RUN };

/* Bits: the algorithms that an option of train has a meaning for. */
enum { IALS = 1 << ALGORITHM_IALS, ALS = 1 << ALGORITHM_ALS, SGD = 1 << ALGORITHM_SGD };

struct option_row {
    const char *name;
    int key; /* the short name, or 0 */
    const char *argument;
    int commands; /* of enum command_bit; a name occurs once for a command */
    enum option_group group;
    enum option_kind kind;
    size_t field;   /* where in struct run_config */
    int algorithms; /* 0: all */
    enum option_stage stage;
    const char *value;        /* the default; NULL: none, or what `help` says */
    const char *recorded;     /* its attribute in the model file; NULL: it doesn't shape the model */
    enum on_resume on_resume; /* of those that are recorded */
    const char *found_by;     /* NULL, or what is recorded too where the value was found from the ratings */
    double low, high;
    bool above_low, below_high;   /* low, or high, itself is not allowed */
    int sets;                     /* of a flag */
    enum hold_out_kind holds_out; /* the kind of hold-out that a number is of */
    enum option_file file;
    const char *const *choices;                 /* ends with NULL */
    bool (*applies)(const struct run_config *); /* whether it has a value at all; NULL: always */
    const char *hint;                           /* behind what is wrong with a value; or NULL */
    const char *help;
};

extern const struct option_row option_table[];
extern const int option_count; /* at most OPTIONS_MAX */

/* [local] The row of a name for a command; NULL if there is none. */
const struct option_row *option_find(const char *name, enum command_bit command);

/* [local] Whether the command has the option, and the algorithm of config a use for it. */
bool option_applies(const struct option_row *option, const struct run_config *config);

/* [local] The title of a group in a command's help. */
const char *option_title(const struct command *command, enum option_group group);

#endif
