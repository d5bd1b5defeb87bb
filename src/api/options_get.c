/* mfals/options.h: the values in force. */
#include "api/handles.h"
#include "options/option_values.h"

#include <stdio.h>
#include <string.h>

struct mfals_value lib_value(const struct attribute *attribute)
{
    static const enum mfals_value_kind kinds[] = {
        [ATTRIBUTE_TEXT] = MFALS_TEXT, [ATTRIBUTE_INTEGER] = MFALS_INTEGER, [ATTRIBUTE_REAL] = MFALS_REAL};
    return (struct mfals_value){attribute->name, kinds[attribute->kind], attribute->text, attribute->integer,
                                attribute->real};
}

const char *mfals_value_text(const struct mfals_value *value, char number[MFALS_NUMBER_SIZE])
{
    if (value->kind == MFALS_TEXT)
        return value->text;
    if (value->kind == MFALS_INTEGER)
        snprintf(number, MFALS_NUMBER_SIZE, "%" PRId64, value->integer);
    else
        snprintf(number, MFALS_NUMBER_SIZE, "%.15g", value->real);
    return number;
}

int mfals_options_value(struct mfals_value *value, struct mfals_options *options, int i)
{
    struct attribute attribute;
    if (i < 0 || lib_resolve(options) != MFALS_OK)
        return 0;
    for (int r = 0; r < option_count; r++) {
        if (!option_in_force(&attribute, &options->config, &option_table[r]) || i-- > 0)
            continue;
        *value = lib_value(&attribute);
        return 1;
    }
    return 0;
}

/* *value <- what is in force, its text living in *config; the text "" where there is none. */
static status look_up(struct mfals_value *value, struct run_config *config,
                      const struct mfals_options *options, const char *name)
{
    const struct option_row *row;
    struct attribute attribute;
    TRY(lib_find_option(&row, options, name));
    TRY(run_config_resolve(config, &options->inputs));
    *value = (struct mfals_value){.name = row->name, .kind = MFALS_TEXT, .text = ""};
    if (row->kind == OPTION_FLAG)
        value->text = option_is_on(config, row) ? "yes" : "no";
    else if (option_in_force(&attribute, config, row))
        *value = lib_value(&attribute);
    return MFALS_OK;
}

static status tell(const struct mfals_options *options, const char *name, char *text, size_t size)
{
    struct mfals_value value;
    struct run_config config;
    char number[MFALS_NUMBER_SIZE];
    TRY(lib_need(text, size > 0, "room for a value"));
    TRY(look_up(&value, &config, options, name));
    int length = snprintf(text, size, "%s", mfals_value_text(&value, number));
    return (size_t)length < size ? MFALS_OK
                                 : fail(MFALS_USAGE, "--%s: its value takes %d bytes", name, length + 1);
}

enum mfals_status mfals_options_get(const struct mfals_options *options, const char *name, char *text,
                                    size_t size)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, tell(options, name, text, size));
}

static status tell_number(struct mfals_value *value, const struct mfals_options *options, const char *name,
                          bool integer)
{
    struct run_config config;
    TRY(look_up(value, &config, options, name));
    if (value->kind == MFALS_INTEGER || (value->kind == MFALS_REAL && !integer))
        return MFALS_OK;
    if (value->kind == MFALS_TEXT && value->text[0] == '\0')
        return fail(MFALS_USAGE, "--%s: it has no value with these options", name);
    return fail(MFALS_USAGE, "--%s: its value is no %s", name, integer ? "integer" : "number");
}

enum mfals_status mfals_options_get_int(const struct mfals_options *options, const char *name, int64_t *value)
{
    struct lib_call call = lib_enter(options->context);
    struct mfals_value found;
    status done = tell_number(&found, options, name, true);
    *value = done == MFALS_OK ? found.integer : 0;
    return lib_leave(&call, done);
}

enum mfals_status mfals_options_get_real(const struct mfals_options *options, const char *name, double *value)
{
    struct lib_call call = lib_enter(options->context);
    struct mfals_value found;
    status done = tell_number(&found, options, name, false);
    *value = done != MFALS_OK ? 0 : found.kind == MFALS_REAL ? found.real : (double)found.integer;
    return lib_leave(&call, done);
}

static status tell_flag(const struct mfals_options *options, const char *name, int *on)
{
    const struct option_row *row;
    struct mfals_value value;
    struct run_config config;
    TRY(lib_find_option(&row, options, name));
    if (lib_option_type(row) != MFALS_OPTION_FLAG)
        return fail(MFALS_USAGE, "--%s: its value is no flag", name);
    TRY(look_up(&value, &config, options, name));
    *on = strcmp(value.text, "yes") == 0;
    return MFALS_OK;
}

enum mfals_status mfals_options_get_flag(const struct mfals_options *options, const char *name, int *on)
{
    struct lib_call call = lib_enter(options->context);
    *on = 0;
    return lib_leave(&call, tell_flag(options, name, on));
}
