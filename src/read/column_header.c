#include "read/column_header.h"

#include "base/number.h"

#include <string.h>

static bool is_number(const struct field *field)
{
    double value;
    return number_parse_double(&value, field->text, field->length);
}

/* How many of the names tell a role: users and items, that is. */
static int count_sides(const struct field *fields, int count)
{
    int sides = 0;
    for (int i = 0; i < count; i++) {
        int role = column_meaning(fields[i].text, fields[i].length).role;
        bool has_digit = false;
        for (int64_t c = 0; c < fields[i].length; c++)
            has_digit |= fields[i].text[c] >= '0' && fields[i].text[c] <= '9';
        sides += !has_digit && (role == COLUMN_USER || role == COLUMN_ITEM);
    }
    return sides;
}

bool column_header_is_likely(const struct field *fields, int count)
{
    for (int i = 0; i < count; i++)
        if (is_number(&fields[i]))
            return false;
    return count_sides(fields, count) > 0;
}

bool column_is_index(const struct column_summary *column)
{
    return column->fields > 0 && column->distinct == column->fields &&
           (column->counts_up || column->quoted > 0 || column->integers == 0);
}

/* A first line is a header where numbers stand below its words, or where it names users or items itself. */
static bool first_is_header(const struct sample *sample, enum separator separator)
{
    struct field fields[COLUMNS_MAX + 1];
    struct column_summary below[COLUMNS_MAX];
    int count = sample_fields(fields, &sample->line[0], separator), others, numbers = 0, words = 0;
    int columns = sample_usual_fields(&others, sample, 1, separator);
    sample_summarize(below, sample, 1, columns, separator);
    int shift = count + 1 == columns && column_is_index(&below[0]); /* no name above an index */
    bool above_index = count == columns && column_name_is_index(fields[0].text, fields[0].length);
    if (above_index && below[0].empty == 0 && column_is_index(&below[0]))
        return true;
    for (int i = 0; i < count && i < COLUMNS_MAX; i++)
        numbers += is_number(&fields[i]);
    for (int i = 0; i < count && i + shift < COLUMNS_MAX; i++)
        words += !is_number(&fields[i]) && !field_is_missing(&fields[i]) && below[i + shift].fields > 0 &&
                 below[i + shift].numbers == below[i + shift].fields;
    int sides = count_sides(fields, count);
    if (numbers == 0)
        return sides + words > 0;
    bool names_items = numbers == count - 1 && count > 2 && sides == 1 && !is_number(&fields[0]);
    return (sides > 1 || names_items) && sample->count > 1;
}

status column_header_find(int *lines, const struct sample *sample, enum separator separator,
                          const struct read_options *options)
{
    const char *text = options->header;
    int64_t number;
    *lines = 0;
    if (text == NULL || strcmp(text, "auto") == 0)
        *lines = first_is_header(sample, separator);
    else if (strcmp(text, "yes") == 0)
        *lines = 1;
    else if (strcmp(text, "no") != 0) {
        if (!number_parse_int(&number, text, (int64_t)strlen(text)) || number < 0 ||
            number > HEADER_LINES_MAX)
            return fail(MFALS_USAGE, "--header: '%s' is not auto, yes, no or a number of lines up to %d",
                        text, HEADER_LINES_MAX);
        *lines = (int)number;
    }
    *lines = (int)number_min(*lines, sample->count);
    return MFALS_OK;
}

int column_header_names(struct field names[COLUMNS_MAX + 1], const struct sample *sample, int lines,
                        enum separator separator, bool above_index)
{
    int best = -1, named = 0;
    memset(names, 0, (COLUMNS_MAX + 1) * sizeof *names);
    for (int i = 0; i < lines; i++) {
        struct field fields[COLUMNS_MAX + 1];
        int count = sample_fields(fields, &sample->line[i], separator), known = 0;
        for (int f = 0; f < count; f++)
            known += column_meaning(fields[f].text, fields[f].length).role >= 0;
        if (known <= best)
            continue;
        best = known;
        named = count + above_index;
        memset(names, 0, (COLUMNS_MAX + 1) * sizeof *names);
        int shift = above_index;
        memcpy(names + shift, fields, (size_t)(count - (shift && count > COLUMNS_MAX)) * sizeof *names);
    }
    for (int f = 0; f <= COLUMNS_MAX; f++) {
        if (names[f].text == NULL)
            names[f].text = "";
        while (names[f].length > 0 && (names[f].text[0] == '#' || names[f].text[0] == '%')) {
            names[f].text++;
            names[f].length--;
        }
    }
    return named;
}
