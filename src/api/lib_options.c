#include "api/config_file.h"
#include "api/lib.h"
#include "api/options.h"
#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>

enum mfals_status mfals_options_new(struct mfals_options **options, struct mfals_context *context,
                                    const char *command)
{
    struct lib_call call = lib_enter(context);
    const struct command *found = command_find(command);
    *options = NULL;
    if (found == NULL)
        return lib_leave(&call, fail(MFALS_USAGE, "there is no command '%s'", command));
    status done = allocate(options, 1);
    if (done == MFALS_OK) {
        (*options)->context = context;
        options_default(&(*options)->settings, found);
    }
    return lib_leave(&call, done);
}

/* Takes over text. */
static status keep_text(struct mfals_options *options, char *text)
{
    status kept =
        memory_grow(&options->texts, &options->capacity, options->count + 1, sizeof *options->texts);
    if (kept == MFALS_OK)
        options->texts[options->count++] = text;
    else
        memory_free(text);
    return kept;
}

static status find(const struct option_row **row, const struct mfals_options *options, const char *name)
{
    *row = option_find(name, options->settings.command->bit);
    if (*row == NULL || (*row)->command_line_only)
        return fail(MFALS_USAGE, "unknown option '%s'", name);
    return MFALS_OK;
}

static status set(struct mfals_options *options, const char *name, const char *value)
{
    const struct option_row *row;
    char *copy = NULL;
    TRY(find(&row, options, name));
    if (value != NULL) {
        TRY(lib_copy(&copy, value));
        TRY(keep_text(options, copy));
    }
    if (value == NULL && row->argument != NULL)
        return fail(MFALS_USAGE, "--%s: needs a value", name);
    return option_set(&options->settings, row, copy);
}

enum mfals_status mfals_options_set(struct mfals_options *options, const char *name, const char *value)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, set(options, name, value));
}

enum mfals_status mfals_options_read(struct mfals_options *options, const char *path)
{
    struct lib_call call = lib_enter(options->context);
    struct settings *settings = &options->settings;
    settings->config_values = NULL;
    status done = config_file_read(settings, &options->context->comm, path);
    status kept = settings->config_values == NULL ? MFALS_OK : keep_text(options, settings->config_values);
    return lib_leave(&call, agree(&options->context->comm, done != MFALS_OK ? done : kept));
}

static status tell(const struct mfals_options *options, const char *name, char *text, size_t size)
{
    const struct option_row *row;
    struct attribute value;
    struct settings settings = options->settings;
    int length = 0;
    TRY(find(&row, options, name));
    TRY(settings_settle(&settings));
    text[0] = '\0';
    if (!option_in_force(&value, &settings, row))
        return MFALS_OK;
    if (value.kind == ATTRIBUTE_TEXT)
        length = snprintf(text, size, "%s", value.text);
    else if (value.kind == ATTRIBUTE_INTEGER)
        length = snprintf(text, size, "%" PRId64, value.integer);
    else
        length = snprintf(text, size, "%.15g", value.real);
    return (size_t)length < size ? MFALS_OK
                                 : fail(MFALS_USAGE, "--%s: its value takes %d bytes", name, length + 1);
}

enum mfals_status mfals_options_get(const struct mfals_options *options, const char *name, char *text,
                                    size_t size)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call,
                     size == 0 ? fail(MFALS_USAGE, "--%s: no room", name) : tell(options, name, text, size));
}

void mfals_options_free(struct mfals_options **options)
{
    if (*options == NULL)
        return;
    for (int64_t i = 0; i < (*options)->count; i++)
        memory_free((*options)->texts[i]);
    memory_free((*options)->texts);
    memory_free(*options);
    *options = NULL;
}

int mfals_option(struct mfals_option *option, const char *command, int i)
{
    const struct command *found = command_find(command);
    for (int r = 0; found != NULL && r < option_count; r++) {
        const struct option_row *row = &option_table[r];
        if ((row->commands & (int)found->bit) == 0 || i-- > 0)
            continue;
        *option = (struct mfals_option){.name = row->name,
                                        .key = (char)row->key,
                                        .argument = row->argument,
                                        .value = row->value,
                                        .help = row->help,
                                        .choices = row->choices};
        return 1;
    }
    return 0;
}

status lib_settings(struct settings *settings, const struct mfals_options *options, const char *command)
{
    const struct command *wanted = command_find(command);
    if (options == NULL)
        options_default(settings, wanted);
    else if (options->settings.command != wanted)
        return fail(MFALS_USAGE, "the options are of '%s', not of '%s'", options->settings.command->name,
                    command);
    else
        *settings = options->settings;
    return settings_settle(settings);
}
