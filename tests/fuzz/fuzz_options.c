/* The command line and the file of --config. The input: the number of a command in one byte, then the words, a
 * line each, and behind a NUL the file. */
#include "api/config_file.h"
#include "api/options.h"
#include "cli/command_line.h"
#include "fuzz.h"

#include <math.h>
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

static void check_failure(status got)
{
    FUZZ_REQUIRE(got == MFALS_USAGE);
    FUZZ_REQUIRE(failure_message()[0] != '\0');
}

/* All values can be told. */
static void check_settings(const struct settings *settings)
{
    struct attribute value;
    for (int i = 0; i < option_count; i++)
        if (option_in_force(&value, settings, &option_table[i])) {
            FUZZ_REQUIRE(value.kind != ATTRIBUTE_TEXT || value.text[0] != '\0');
            FUZZ_REQUIRE(value.kind != ATTRIBUTE_REAL || isfinite(value.real));
        }
}

/* As settings_load does it. */
static status load(struct settings *settings, const struct command *command, int argc, char **argv,
                   const char *file, int64_t length)
{
    options_default(settings, command);
    TRY(command_line_parse(settings, argc, argv));
    if (settings->show != SHOW_NOTHING)
        return MFALS_OK;
    options_default(settings, command);
    TRY(allocate(&settings->config_values, length + 1));
    TRY(config_file_parse(settings, "x", file, length));
    TRY(command_line_parse(settings, argc, argv));
    return settings_settle(settings);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    scoped char *text = NULL;
    char *words[WORDS + 1];
    struct settings settings;
    if (size < 1 || allocate(&text, (int64_t)size) != MFALS_OK)
        return 0;
    memcpy(text, data + 1, size - 1);
    const struct command *command = &command_table[data[0] % command_count];
    size_t first = strlen(text);
    const char *file = first + 1 < size ? text + first + 1 : "";
    int64_t length = first + 1 < size ? (int64_t)(size - first - 2) : 0;
    int argc = split_words(words, text);
    status got = load(&settings, command, argc, words, file, length);
    if (got != MFALS_OK)
        check_failure(got);
    else if (settings.show == SHOW_NOTHING)
        check_settings(&settings);
    settings_free(&settings);
    return 0;
}
