/* The command line and the file of --config. The input: the number of a command in one byte, then the words, a
 * line each, and behind a NUL the file. */
#include "api/handles.h"
#include "cli/command_line.h"
#include "fuzz.h"
#include "options/config_file.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 64 };

/* Cuts lines into words, in place. */
static int split_words(char **words, char *lines)
{
    int count = 0;
    words[count++] = "mfals";
    for (char *rest = lines; rest != NULL && count < WORDS;)
        words[count++] = strsep(&rest, "\n");
    words[count] = NULL;
    return count;
}

/* All values can be told. */
static void check_values(struct mfals_options *options)
{
    struct mfals_value value;
    for (int i = 0; mfals_options_value(&value, options, i); i++) {
        FUZZ_REQUIRE(value.kind != MFALS_TEXT || value.text[0] != '\0');
        FUZZ_REQUIRE(value.kind != MFALS_REAL || isfinite(value.real));
    }
}

/* As command_line_load does it. values: room for length + 1 bytes */
static status load(struct program *program, enum ask *ask, int argc, char **argv, char *values,
                   const char *file, int64_t length)
{
    const char *config;
    TRY(command_line_parse(program, ask, &config, argc, argv));
    if (*ask != ASK_NOTHING)
        return MFALS_OK;
    mfals_options_free(&program->options);
    TRY(mfals_options_new(&program->options, program->context, program->command.name));
    TRY(config_file_parse(&program->options->inputs, values, "x", file, length));
    TRY(command_line_parse(program, ask, &config, argc, argv));
    struct run_config resolved;
    return run_config_resolve(&resolved, &program->options->inputs);
}

static struct mfals_context *context;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    setenv("OMPI_MCA_opal_signal", "", 0); /* libFuzzer reports crashes */
    MPI_Init(argc, argv);
    FUZZ_REQUIRE(mfals_open(&context, MPI_COMM_SELF) == MFALS_OK);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped char *text = NULL, *values = NULL;
    char *words[WORDS + 1];
    struct launch launch = {0};
    struct program program = {.context = context, .launch = &launch, .size = 1};
    enum ask ask = ASK_NOTHING;
    if (size < 1 || allocate(&text, (int64_t)size) != MFALS_OK)
        return 0;
    memcpy(text, data + 1, size - 1);
    mfals_command(&program.command, data[0] % command_count);
    size_t first = strlen(text);
    const char *file = first + 1 < size ? text + first + 1 : "";
    int64_t length = first + 1 < size ? (int64_t)(size - first - 2) : 0;
    int argc = split_words(words, text);
    if (allocate(&values, length + 1) != MFALS_OK ||
        mfals_options_new(&program.options, context, program.command.name) != MFALS_OK)
        return 0;
    status got = load(&program, &ask, argc, words, values, file, length);
    if (got != MFALS_OK)
        FUZZ_REQUIRE(got == MFALS_USAGE && failure_message()[0] != '\0');
    else if (ask == ASK_NOTHING)
        check_values(program.options);
    mfals_options_free(&program.options);
    return 0;
}
