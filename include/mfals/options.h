/* The options of a command of mfals, by the names that its command line has; mfals/names.h lists them, with their
 * types.
 *
 *     struct mfals_options *options;
 *     TRY(mfals_options_new(&options, context, "train"));
 *     TRY(mfals_options_set(options, "factors", "64"));
 *     TRY(mfals_options_set_int(options, "iterations", 20));
 *     TRY(mfals_options_set_real(options, "lambda", 0.05));
 *     TRY(mfals_options_set_flag(options, "quiet", 1));
 *     char metric[32];
 *     double lambda;
 *     TRY(mfals_options_get(options, "early-stop", metric, sizeof metric));
 *     TRY(mfals_options_get_real(options, "lambda", &lambda));
 *     mfals_options_free(&options);
 *
 * Of the options of "train" some belong to the reading of ratings, the others to the training: these may change
 * between two trainings on the same ratings, those may not (mfals/ratings.h lists them).
 */
#ifndef MFALS_OPTIONS_H
#define MFALS_OPTIONS_H

#include <mfals/context.h>
#include <mfals/names.h>
#include <stddef.h>
#include <stdint.h>

MFALS_BEGIN

struct mfals_options;

/* [local] The defaults of a command of mfals. MFALS_USAGE where there is no such command. */
MFALS_API enum mfals_status mfals_options_new(struct mfals_options **options, struct mfals_context *context,
                                              const char *command);

/* [local] Sets the option of that name (without dashes) as `--name value` would; value is copied, NULL for switches.
 * MFALS_USAGE for no such option or no such value, and where a training with these options is prepared
 * (mfals_prepare). */
MFALS_API enum mfals_status mfals_options_set(struct mfals_options *options, const char *name,
                                              const char *value);

/* [local] The same for a value of a type. An integer suits options of integers and of numbers, and replica,
 * checkpoint-every and top; a number is taken as it is, to the last bit; a flag is on for anything but 0. MFALS_USAGE
 * also for an option of another type. */
MFALS_API enum mfals_status mfals_options_set_int(struct mfals_options *options, const char *name,
                                                  int64_t value);
MFALS_API enum mfals_status mfals_options_set_real(struct mfals_options *options, const char *name,
                                                   double value);
MFALS_API enum mfals_status mfals_options_set_flag(struct mfals_options *options, const char *name, int on);

/* [collective] Sets what a file of `name = value` lines says, as --config does. MFALS_NO_INPUT, or MFALS_USAGE with
 * "file:line: reason". */
MFALS_API enum mfals_status mfals_options_read(struct mfals_options *options, const char *path);

/* [local] The words of a command line that are no options: files of ratings, a model. They are copied. MFALS_USAGE
 * for a negative count, and where words, or one of them, is NULL. */
MFALS_API enum mfals_status mfals_options_operands(struct mfals_options *options, const char *const *words,
                                                   int count);

/* [collective] Whether the options go together, no output is one of the inputs, and all ranks have the same.
 * MFALS_USAGE. */
MFALS_API enum mfals_status mfals_options_check(struct mfals_options *options);

/* [local] text <- the value in force; "" where the option has none. MFALS_USAGE for no such option, or no room. */
MFALS_API enum mfals_status mfals_options_get(const struct mfals_options *options, const char *name,
                                              char *text, size_t size);

/* [local] *value, *on <- the value in force, of an option of integers, of numbers or integers, or of a flag.
 * MFALS_USAGE, with 0, for no such option, one of another type or without a value, and options that do not go
 * together. */
MFALS_API enum mfals_status mfals_options_get_int(const struct mfals_options *options, const char *name,
                                                  int64_t *value);
MFALS_API enum mfals_status mfals_options_get_real(const struct mfals_options *options, const char *name,
                                                   double *value);
MFALS_API enum mfals_status mfals_options_get_flag(const struct mfals_options *options, const char *name,
                                                   int *on);

/* [local] From here on a time without progress on this rank, the `stall-timeout` of the options, ends the process,
 * with MFALS_IO's code and one line on stderr: a collective call that never returns cannot be broken off otherwise.
 * NULL: nobody watches, as at first. One for the process; to be on only while functions of the library follow each
 * other without delay. Lists that are printed may wait for their reader. */
MFALS_API void mfals_watch(struct mfals_context *context, const struct mfals_options *options);

/* [local] */
MFALS_API void mfals_options_free(struct mfals_options **options);

enum mfals_value_kind { MFALS_TEXT, MFALS_INTEGER, MFALS_REAL };

struct mfals_value {
    const char *name;
    enum mfals_value_kind kind; /* says which of these it is */
    const char *text;
    int64_t integer;
    double real;
};

/* [local] The value in words: its text, or its number written to `number`. */
enum { MFALS_NUMBER_SIZE = 32 };
MFALS_API const char *mfals_value_text(const struct mfals_value *value, char number[MFALS_NUMBER_SIZE]);

/* [local] The options in force, one after the other: *value <- number i from 0 on, valid until an option is set.
 * Returns 0 for an i that is negative or behind the last, and where the options do not go together:
 * mfals_options_check says why. */
MFALS_API int mfals_options_value(struct mfals_value *value, struct mfals_options *options, int i);

/* [collective] Holds the file of the option log-json, which the program itself writes, against other runs until the
 * options are freed. MFALS_NO_OUTPUT, naming the holder, where another run writes it. What is no regular file, such
 * as a terminal, is not held, nor is one in a folder that takes no further file. */
MFALS_API enum mfals_status mfals_hold_log(struct mfals_options *options);

MFALS_END
#endif
