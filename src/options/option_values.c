#include "options/option_values.h"

#include "base/number.h"
#include "comm/replica.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static status refuse(const struct option_row *option, const char *text, const char *wanted)
{
    return fail(MFALS_USAGE, "--%s: '%s' is not %s%s", option->name, text, wanted,
                option->hint != NULL ? option->hint : "");
}

static status set_integer(void *field, const struct option_row *option, const char *text)
{
    int64_t value;
    if (!number_parse_int(&value, text, (int64_t)strlen(text)) || (double)value < option->low ||
        (double)value > option->high) {
        char wanted[80];
        int64_t high = option->high < 0x1p63 ? (int64_t)option->high : INT64_MAX;
        snprintf(wanted, sizeof wanted, "an integer from %" PRId64 " to %" PRId64, (int64_t)option->low,
                 high);
        return refuse(option, text, wanted);
    }
    if (option->kind == OPTION_INT)
        return number_narrow(field, value);
    *(uint64_t *)field = (uint64_t)value;
    return MFALS_OK;
}

static status set_real(double *field, const struct option_row *option, const char *text)
{
    double value = 0;
    int64_t length = (int64_t)strlen(text);
    bool percent = option->kind == OPTION_SHARE && length > 1 && text[length - 1] == '%';
    bool is_number = number_parse_double(&value, text, length - percent);
    value = percent ? value / 100 : value;
    if (!is_number || !isfinite(value) || value < option->low || value > option->high ||
        (option->above_low && value == option->low) || (option->below_high && value == option->high)) {
        char wanted[80];
        if (option->below_high)
            snprintf(wanted, sizeof wanted, "a number between %g and %g", option->low, option->high);
        else if (isfinite(option->high))
            snprintf(wanted, sizeof wanted, "a number from %g to %g", option->low, option->high);
        else
            snprintf(wanted, sizeof wanted, "a finite number %s %g",
                     option->above_low ? "above" : "of at least", option->low);
        return refuse(option, text, wanted);
    }
    *field = value;
    return MFALS_OK;
}

static status set_choice(void *field, const struct option_row *option, const char *text)
{
    for (int i = 0; option->choices[i] != NULL; i++)
        if (strcmp(option->choices[i], text) == 0) {
            if (option->kind == OPTION_WORD)
                *(const char **)field = option->choices[i];
            else if (option->kind == OPTION_EITHER)
                *(bool *)field = i == 1;
            else
                memcpy(field, &i, sizeof i);
            return MFALS_OK;
        }
    char wanted[160];
    int length = snprintf(wanted, sizeof wanted, "%s", option->choices[0]);
    for (int i = 1; option->choices[i] != NULL && length < (int)sizeof wanted; i++) {
        const char *comma = option->choices[i + 1] == NULL ? " or " : ", ";
        length +=
            snprintf(wanted + length, sizeof wanted - (size_t)length, "%s%s", comma, option->choices[i]);
    }
    return refuse(option, text, wanted);
}

static status set_init(struct run_config *config, const struct option_row *option, const char *text)
{
    static const struct {
        const char *prefix;
        enum init_kind kind;
    } kinds[] = {{"uniform:", INIT_UNIFORM}, {"normal:", INIT_NORMAL}};
    for (int i = 0; i < 2; i++) {
        size_t length = strlen(kinds[i].prefix);
        double scale;
        if (strncmp(text, kinds[i].prefix, length) == 0 &&
            number_parse_double(&scale, text + length, (int64_t)strlen(text + length)) && isfinite(scale) &&
            scale > 0) {
            config->solve.init = kinds[i].kind;
            config->solve.init_scale = scale;
            return MFALS_OK;
        }
    }
    return refuse(option, text, "uniform:WIDTH or normal:SD with a finite number above 0");
}

static status set_replica(int *field, const struct option_row *option, const char *text)
{
    int64_t ranks = strcmp(text, "node") == 0 ? REPLICA_NODE : strcmp(text, "rank") == 0 ? REPLICA_RANK : -1;
    if (ranks < 0 && (!number_parse_int(&ranks, text, (int64_t)strlen(text)) || ranks < 1 || ranks > INT_MAX))
        return refuse(option, text, "node, rank or a number of ranks above 0");
    return number_narrow(field, ranks);
}

static status set_flag(int *field, const struct option_row *option, const char *text)
{
    if (text == NULL || strcmp(text, "yes") == 0)
        *field = option->sets;
    else if (strcmp(text, "no") != 0)
        return refuse(option, text, "yes or no");
    return MFALS_OK;
}

static status set_switch(bool *field, const struct option_row *option, const char *text)
{
    if (text != NULL && strcmp(text, "yes") != 0 && strcmp(text, "no") != 0)
        return refuse(option, text, "yes or no");
    *field = text == NULL || text[0] == 'y';
    return MFALS_OK;
}

/* "5,10,20" */
static status set_cutoffs(struct run_config *config, const struct option_row *option, const char *text)
{
    int cutoffs[CUTOFFS_MAX], count = 0;
    for (const char *rest = text;; rest++) {
        int64_t length = (int64_t)strcspn(rest, ","), value;
        if (count == CUTOFFS_MAX || !number_parse_int(&value, rest, length) || value > INT_MAX ||
            value <= (count == 0 ? 0 : cutoffs[count - 1])) {
            char wanted[80];
            snprintf(wanted, sizeof wanted, "1 to %d ascending numbers above 0, separated by commas",
                     CUTOFFS_MAX);
            return refuse(option, text, wanted);
        }
        cutoffs[count++] = (int)value;
        rest += length;
        if (*rest == '\0')
            break;
    }
    memcpy(config->evaluation.cutoffs, cutoffs, sizeof cutoffs);
    config->evaluation.cutoff_count = count;
    snprintf(config->cutoffs_text, sizeof config->cutoffs_text, "%s", text);
    return MFALS_OK;
}

/* "3h55m": numbers with units y (365.25 days), w, d, h, m, s, in this order; length of the text without what follows. */
static bool parse_duration(double *seconds, const char *text, int64_t length)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'y', 365.25 * 86400}, {'w', 7 * 86400}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    const size_t unit_count = sizeof units / sizeof *units;
    const char *end = text + length;
    size_t next = 0;
    *seconds = 0;
    while (text < end) {
        double number;
        int64_t digits = (int64_t)strspn(text, "0123456789.");
        if (digits == 0 || text + digits >= end || !number_parse_double(&number, text, digits))
            return false;
        while (next < unit_count && units[next].unit != text[digits])
            next++;
        if (next == unit_count)
            return false;
        *seconds += number * units[next++].seconds;
        text += digits + 1;
    }
    return length > 0 && *seconds > 0 && *seconds < 1e10;
}

static status set_duration(struct duration *field, const struct option_row *option, const char *text)
{
    struct duration duration = {0};
    if (strlen(text) >= sizeof duration.text ||
        (strcmp(text, "0") != 0 && !parse_duration(&duration.seconds, text, (int64_t)strlen(text))))
        return refuse(option, text, "a duration such as 90s, 10m or 3h55m");
    snprintf(duration.text, sizeof duration.text, "%s", text);
    *field = duration;
    return MFALS_OK;
}

/* "5", "10m" or "5,10m" */
static status set_interval(struct interval *field, const struct option_row *option, const char *text)
{
    struct interval interval = {0};
    int64_t length = (int64_t)strcspn(text, ","), rest = (int64_t)strlen(text) - length - 1;
    bool right = strlen(text) < sizeof interval.text;
    if (number_parse_int(&interval.iterations, text, length))
        right = right && interval.iterations > 0 &&
                (rest < 0 || parse_duration(&interval.seconds, text + length + 1, rest));
    else
        right = right && rest < 0 && parse_duration(&interval.seconds, text, length);
    if (!right)
        return refuse(option, text, "a number of iterations above 0, a duration such as 10m, or both: 5,10m");
    snprintf(interval.text, sizeof interval.text, "%s", text);
    *field = interval;
    return MFALS_OK;
}

static status set_text(const char **field, const struct option_row *option, const char *text)
{
    if (text[0] == '\0')
        return fail(MFALS_USAGE, "--%s: needs a value that is not empty", option->name);
    *field = text;
    return MFALS_OK;
}

static status set_value(struct run_config *config, const struct option_row *option, const char *text)
{
    void *field = (char *)config + option->field;
    switch (option->kind) {
    case OPTION_INT:
    case OPTION_LONG:
        return set_integer(field, option, text);
    case OPTION_REAL:
    case OPTION_SHARE:
        return set_real(field, option, text);
    case OPTION_TEXT:
        return set_text(field, option, text);
    case OPTION_CHOICE:
    case OPTION_EITHER:
    case OPTION_WORD:
        return set_choice(field, option, text);
    case OPTION_FLAG:
        return set_flag(field, option, text);
    case OPTION_SWITCH:
        return set_switch(field, option, text);
    case OPTION_INIT:
        return set_init(config, option, text);
    case OPTION_CUTOFFS:
        return set_cutoffs(config, option, text);
    case OPTION_REPLICA:
        return set_replica(field, option, text);
    case OPTION_DURATION:
        return set_duration(field, option, text);
    case OPTION_INTERVAL:
        return set_interval(field, option, text);
    case OPTION_OF_PROGRAM:
        break;
    }
    return fail(MFALS_USAGE, "--%s: is for the command line alone", option->name);
}

status option_parse(struct run_config *config, const struct option_row *option, const char *text)
{
    TRY(set_value(config, option, text));
    if (option->holds_out != HOLD_OUT_NONE)
        config->ratings.hold_out.kind = option->holds_out;
    return MFALS_OK;
}

bool option_is_on(const struct run_config *config, const struct option_row *flag)
{
    return flag->kind == OPTION_FLAG && *(const int *)((const char *)config + flag->field) == flag->sets;
}

bool option_in_force(struct attribute *value, const struct run_config *config,
                     const struct option_row *option)
{
    const void *field = (const char *)config + option->field;
    int number = 0;
    if (!option_applies(option, config))
        return false;
    *value = (struct attribute){.name = option->name, .kind = ATTRIBUTE_TEXT};
    switch (option->kind) {
    case OPTION_INT:
    case OPTION_REPLICA:
        value->kind = ATTRIBUTE_INTEGER;
        value->integer = *(const int *)field;
        break;
    case OPTION_LONG:
        value->kind = ATTRIBUTE_INTEGER;
        value->integer = (int64_t) * (const uint64_t *)field;
        break;
    case OPTION_REAL:
    case OPTION_SHARE:
        value->kind = ATTRIBUTE_REAL;
        value->real = *(const double *)field;
        break;
    case OPTION_CHOICE:
        memcpy(&number, field, sizeof number);
        value->text = option->choices[number];
        break;
    case OPTION_EITHER:
        value->text = option->choices[*(const bool *)field];
        break;
    case OPTION_TEXT:
    case OPTION_WORD:
        value->text = *(const char *const *)field;
        break;
    case OPTION_SWITCH:
        value->text = *(const bool *)field ? "yes" : "no";
        break;
    case OPTION_INIT:
    case OPTION_CUTOFFS:
        value->text = field;
        break;
    case OPTION_DURATION:
        value->text = ((const struct duration *)field)->text;
        break;
    case OPTION_INTERVAL:
        value->text = ((const struct interval *)field)->text;
        break;
    case OPTION_FLAG:
    case OPTION_OF_PROGRAM:
        break;
    }
    if (option->kind == OPTION_REPLICA && value->integer == REPLICA_NODE)
        *value = (struct attribute){.name = option->name, .kind = ATTRIBUTE_TEXT, .text = "node"};
    return value->kind != ATTRIBUTE_TEXT || value->text != NULL;
}
