/* The options of a command of mfals, by the names that its command line has.
 *
 *     struct mfals_options *options;
 *     TRY(mfals_options_new(&options, context, "train"));
 *     TRY(mfals_options_set(options, "factors", "64"));
 *     TRY(mfals_options_set(options, "quiet", NULL));
 *     char lambda[32];
 *     TRY(mfals_options_get(options, "lambda", lambda, sizeof lambda));
 *     mfals_options_free(&options);
 */
#ifndef MFALS_OPTIONS_H
#define MFALS_OPTIONS_H

#include <mfals/context.h>
#include <stddef.h>

MFALS_BEGIN

struct mfals_options;

/* [local] The defaults of a command: "train", "evaluate", "recommend", "similar". MFALS_USAGE for no command. */
MFALS_API enum mfals_status mfals_options_new(struct mfals_options **options, struct mfals_context *context,
                                              const char *command);

/* [local] Sets the option of that name (without dashes) as `--name value` would; value is copied, NULL for switches.
 * MFALS_USAGE with "--name: ..." for no such option, or no such value. */
MFALS_API enum mfals_status mfals_options_set(struct mfals_options *options, const char *name,
                                              const char *value);

/* [collective] Sets what a file of `name = value` lines says, as --config does. MFALS_NO_INPUT, or MFALS_USAGE with
 * "file:line: reason". */
MFALS_API enum mfals_status mfals_options_read(struct mfals_options *options, const char *path);

/* [local] text <- the value in force; "" where the option has none. MFALS_USAGE for no such option, or no room. */
MFALS_API enum mfals_status mfals_options_get(const struct mfals_options *options, const char *name,
                                              char *text, size_t size);

/* [local] */
MFALS_API void mfals_options_free(struct mfals_options **options);

/* What is known of an option. Nothing in it is to be freed. */
struct mfals_option {
    const char *name;
    char key;             /* the letter of the short form, or 0 */
    const char *argument; /* what stands for the value in the help; NULL for switches */
    const char *value;    /* the default; NULL where there is none, or the help tells it */
    const char *help;
    const char *const *choices; /* ends with NULL; NULL where the value is no choice */
};

/* [local] The options of a command, one after the other: *option <- number i from 0 on. Returns 0 behind the last, and where
 * there is no such command. */
MFALS_API int mfals_option(struct mfals_option *option, const char *command, int i);

MFALS_END
#endif
