#include "read/look_lines.h"

#include "base/number.h"
#include "read/column_header.h"

#include <string.h>

/* Whether the fields behind the first are items, "item:value", or words where a rating would stand. */
static bool lists_items(const struct field *fields, int count)
{
    bool items = true, words = count < 3 || field_span(&fields[2], "0123456789.") < fields[2].length;
    for (int i = 1; i < count && items; i++) {
        int64_t digits = field_span(&fields[i], "0123456789");
        items = digits > 0 && (digits == fields[i].length || fields[i].text[digits] == ':');
    }
    return items || words;
}

/* Lines of very unequal lengths are lists. */
static status check_even(const struct sample *sample, const struct guess *guess)
{
    struct field fields[COLUMNS_MAX + 1];
    int lines = sample->count - guess->header, fewest = COLUMNS_MAX + 1, most = 0, lists = 0;
    if (10 * guess->others <= lines)
        return MFALS_OK;
    for (int i = guess->header; i < sample->count; i++) {
        int count = sample_fields(fields, &sample->line[i], guess->separator);
        fewest = (int)number_min(fewest, count);
        most = (int)number_max(most, count);
        lists += lists_items(fields, count);
    }
    if (lists == lines && (most - fewest > 1 || most > 4))
        return fail(
            MFALS_BAD_DATA,
            "%s: its lines have from %d to %d columns; if a line is a user and the user's items: --format "
            "adjacency",
            guess->path, fewest, most);
    if (fewest >= 3)
        return MFALS_OK; /* what varies lies behind user, item and rating */
    return fail(
        MFALS_BAD_DATA,
        "%s: its lines have from %d to %d columns; if what lies behind user and item is to be ignored: "
        "--columns user,item",
        guess->path, fewest, most);
}

/* Words where columns are numbers further down, and hardly a number; or a line without numbers and without the columns. */
static bool is_above_data(const struct sample *sample, const struct guess *guess, int line,
                          const struct column_summary *below)
{
    struct field fields[COLUMNS_MAX + 1];
    double value;
    int count = sample_fields(fields, &sample->line[line], guess->separator), words = 0, numbers = 0;
    for (int f = 0; f < count && f < COLUMNS_MAX; f++) {
        bool is_number = number_parse_double(&value, fields[f].text, fields[f].length);
        numbers += is_number;
        words +=
            !is_number && fields[f].length > 0 && below[f].fields > 0 && below[f].numbers == below[f].fields;
    }
    return words > 1 || (numbers == 0 && (words > 0 || count < guess->columns));
}

/* "0,1,2,3": names that pandas gives, or the first rating. */
static status check_first(const struct sample *sample, const struct guess *guess)
{
    struct field fields[COLUMNS_MAX + 1];
    int64_t value;
    int count = sample_fields(fields, &sample->line[0], guess->separator);
    for (int f = 0; f < count; f++)
        if (!number_parse_int(&value, fields[f].text, fields[f].length) || value != f)
            return MFALS_OK;
    return count < 4 || guess->header > 0 || sample->count < 2
               ? MFALS_OK
               : fail(MFALS_BAD_DATA,
                      "%s: its first line, 0 to %d, may be names of columns: --header yes; or not: --header "
                      "no",
                      guess->path, count - 1);
}

/* More lines above the data than were taken for a header. */
static status check_above(const struct sample *sample, const struct guess *guess)
{
    struct column_summary below[COLUMNS_MAX];
    int lines = 0, half = sample->count / 2, numbers = 0;
    if (sample->count < 4)
        return MFALS_OK;
    sample_summarize(below, sample, half, guess->columns, guess->separator);
    for (int c = 0; c < guess->columns && c < COLUMNS_MAX; c++)
        numbers += below[c].fields > 0 && below[c].numbers == below[c].fields;
    while (lines < half && lines < HEADER_LINES_MAX && is_above_data(sample, guess, lines, below))
        lines++;
    if (numbers == 0 || lines <= guess->header)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "%s: its first %d line%s no data: --header %d", guess->path, lines,
                lines == 1 ? " looks like" : "s look like", lines);
}

/* A quoted field that goes on in the next line. */
static status check_quotes(const struct sample *sample, const struct guess *guess)
{
    struct field fields[COLUMNS_MAX + 1];
    struct line_fault fault;
    int open = 0;
    for (int i = 0; i < sample->count; i++)
        open += fields_split(fields, &fault, guess->separator, COLUMNS_MAX + 1, sample->line[i].text,
                             sample->line[i].length) < 0 &&
                strstr(fault.reason, "does not end") != NULL;
    if (open < 2)
        return MFALS_OK;
    return fail(
        MFALS_BAD_DATA,
        "%s: quoted fields go on over the ends of lines; to put them on one: python3 -c 'import csv,sys; "
        "csv.writer(sys.stdout).writerows([f.replace(chr(10), chr(32)) for f in r] for r in "
        "csv.reader(open(sys.argv[1], newline=\"\"), delimiter=chr(%d)))' %s",
        guess->path, (int)guess->separator, guess->path);
}

status look_check_lines(const struct sample *sample, const struct guess *guess)
{
    TRY(check_quotes(sample, guess));
    TRY(check_first(sample, guess));
    TRY(check_above(sample, guess));
    return check_even(sample, guess);
}

status look_check_names(const struct sample *sample, const struct guess *guess)
{
    struct column_summary summary[COLUMNS_MAX];
    char option[COLUMNS_OPTION_SIZE];
    if (guess->named == 0 || guess->named == guess->columns || guess->columns > COLUMNS_MAX ||
        guess->named > COLUMNS_MAX)
        return MFALS_OK;
    sample_summarize(summary, sample, guess->header, guess->columns, guess->separator);
    const struct column_summary *last = &summary[guess->columns - 1];
    if (guess->named + 1 == guess->columns && last->empty == last->fields)
        return MFALS_OK; /* a separator at the ends of lines */
    columns_option(option, guess->chosen.place);
    return fail(MFALS_BAD_DATA,
                "%s: its header names %d columns, its lines have %d: say what they hold, such as: %s",
                guess->path, guess->named, guess->columns, option);
}
