#include "read/look.h"

#include "base/log.h"
#include "base/number.h"

#include <string.h>

enum { SUMMARIES = COLUMNS_MAX };

/* Seconds since 1970, from 1985 to 2039, or the same in milli-, micro- or nanoseconds. */
static bool is_time_range(const struct column_summary *column, double unit)
{
    return column->fields > 0 && column->numbers == column->fields && column->low >= 5e8 * unit &&
           column->high <= 2.2e9 * unit;
}

static bool holds_fine_times(const struct column_summary *column)
{
    return is_time_range(column, 1e3) || is_time_range(column, 1e6) || is_time_range(column, 1e9);
}

static bool holds_dates(const struct column_summary *column)
{
    return column->fields > 0 && column->dates == column->fields;
}

static bool holds_times(const struct column_summary *column)
{
    return is_time_range(column, 1) || holds_fine_times(column) || holds_dates(column);
}

static bool holds_numbers(const struct column_summary *column)
{
    return column->fields > 0 && column->numbers == column->fields && !holds_times(column);
}

/* As stars and small counts are: few values, or fractions. */
static bool looks_rated(const struct column_summary *column)
{
    return holds_numbers(column) && (column->distinct <= 20 || column->integers < column->fields);
}

/* What else a file may hold, for the option in a message: user and item as given, and the first columns behind them that
 * could be the rating and the time. */
static void suggest(char option[COLUMNS_OPTION_SIZE], const struct column_summary *summary, int columns,
                    int user, int item)
{
    int place[COLUMN_ROLES] = {user, item, -1, -1};
    for (int c = 0; c < columns && c < SUMMARIES; c++) {
        if (c == user || c == item)
            continue;
        if (place[COLUMN_TIME] < 0 && holds_times(&summary[c]))
            place[COLUMN_TIME] = c;
        if (place[COLUMN_RATING] < 0 && c > user && c > item && holds_numbers(&summary[c]))
            place[COLUMN_RATING] = c;
    }
    columns_option(option, place);
}

static const char *ordinal(int column)
{
    static const char *const names[] = {"first", "second", "third", "fourth", "fifth", "sixth"};
    return column < 6 ? names[column] : "next";
}

static struct excerpt example(const struct sample *sample, const struct guess *guess, int column)
{
    struct field fields[COLUMNS_MAX + 1] = {{0}};
    for (int i = guess->header; i < sample->count; i++)
        if (sample_fields(fields, &sample->line[i], guess->separator) > column)
            return field_excerpt(&fields[column]);
    return (struct excerpt){""};
}

static status refuse(const struct sample *sample, const struct guess *guess,
                     const struct column_summary *summary, int column, const char *what, int user, int item)
{
    char option[COLUMNS_OPTION_SIZE];
    suggest(option, summary, guess->columns, user, item);
    return fail(MFALS_BAD_DATA, "%s: its %s column, such as '%s', %s: say what the columns hold, such as: %s",
                guess->path, ordinal(column), example(sample, guess, column).text, what, option);
}

/* Users and items are among the columns that hold no times: the first two, but for `without`. */
static void other_sides(int sides[2], const struct column_summary *summary, int columns, int without)
{
    int found = 0;
    sides[0] = 0;
    sides[1] = 1;
    for (int c = 0; c < columns && c < SUMMARIES && found < 2; c++)
        if (c != without && !holds_dates(&summary[c]) && !holds_fine_times(&summary[c]))
            sides[found++] = c;
}

/* Times where users or items are read. */
static status check_sides(const struct sample *sample, const struct guess *guess,
                          const struct column_summary *summary)
{
    for (int role = COLUMN_USER; role <= COLUMN_ITEM; role++) {
        int column = guess->chosen.place[role], sides[2];
        if (guess->chosen.told[role] || column >= SUMMARIES)
            continue;
        const struct column_summary *side = &summary[column];
        bool often = side->fields >= 3 && 2 * side->distinct > side->fields;
        bool seconds = role == COLUMN_USER && side->fields >= 5 && 10 * side->distinct >= 9 * side->fields &&
                       is_time_range(side, 1) && guess->columns > 2 && !looks_rated(&summary[2]);
        if (!holds_dates(side) && !(often && holds_fine_times(side)) && !seconds)
            continue;
        other_sides(sides, summary, guess->columns, column);
        return refuse(sample, guess, summary, column,
                      role == COLUMN_USER ? "looks like a time, and would be read as the user"
                                          : "looks like a time, and would be read as the item",
                      sides[0], sides[1]);
    }
    return MFALS_OK;
}

/* A column that counts the lines, in front. */
static status check_index(const struct sample *sample, const struct guess *guess,
                          const struct column_summary *summary)
{
    if (guess->chosen.told[COLUMN_USER] || guess->chosen.place[COLUMN_USER] != 0 || guess->columns < 3)
        return MFALS_OK;
    const struct column_summary *first = &summary[0];
    if (!first->counts_up || first->fields < 5 || (first->low != 0 && first->low != 1))
        return MFALS_OK;
    bool usual = looks_rated(&summary[2]) && (guess->columns == 3 || holds_times(&summary[3]));
    return usual ? MFALS_OK
                 : refuse(sample, guess, summary, 0, "counts the lines, and would be read as the user", 1, 2);
}

/* Times, words or large numbers where ratings are read. */
static status check_rating(const struct sample *sample, const struct guess *guess,
                           const struct column_summary *summary)
{
    int column = guess->chosen.place[COLUMN_RATING];
    if (column < 0 || column >= SUMMARIES || guess->chosen.told[COLUMN_RATING])
        return MFALS_OK;
    const struct column_summary *rating = &summary[column];
    int user = guess->chosen.place[COLUMN_USER], item = guess->chosen.place[COLUMN_ITEM];
    if (holds_times(rating))
        return refuse(sample, guess, summary, column, "looks like a time, and would be read as the rating",
                      user, item);
    const struct excerpt shown = example(sample, guess, column);
    if (rating->fields > 0 && rating->numbers == 0 && strpbrk(shown.text, "0123456789") == NULL)
        return refuse(sample, guess, summary, column, "is no number, and would be read as the rating", user,
                      item);
    if (rating->fields >= 3 && rating->integers == rating->fields && rating->low >= 1000)
        log_warning("%s: the values of its %s column, read as the rating, are from %.15g up; if they are no "
                    "ratings: --columns user,item",
                    guess->path, ordinal(column), rating->low);
    return MFALS_OK;
}

/* A row for each user and a column for each item. */
static status check_table(const struct guess *guess, const struct column_summary *summary)
{
    enum { TABLE_COLUMNS = 8 };
    if (guess->columns < TABLE_COLUMNS || guess->others > 0 || guess->chosen.told[COLUMN_USER] ||
        guess->chosen.told[COLUMN_ITEM])
        return MFALS_OK;
    for (int c = 1; c < guess->columns && c < SUMMARIES; c++)
        if (summary[c].numbers < summary[c].fields || holds_times(&summary[c]))
            return MFALS_OK;
    return fail(
        MFALS_BAD_DATA,
        "%s: %s%d columns of numbers look like a table of users by items; lines of user, item and rating "
        "are read: in Python, pandas.read_csv(...).melt(...), or, if they are such lines: --columns "
        "user,item,rating",
        guess->path, guess->columns > COLUMNS_MAX ? "over " : "",
        (int)number_min(guess->columns, COLUMNS_MAX));
}

/* The bytes that the field begins with, all of them of the set. */
static int64_t span_of(const struct field *field, const char *set)
{
    int64_t length = 0;
    while (length < field->length && field->text[length] != '\0' && strchr(set, field->text[length]) != NULL)
        length++;
    return length;
}

/* Ratings of Amazon are in both orders. */
static bool is_amazon_user(const struct field *field)
{
    return field->length >= 10 && field->length <= 30 && field->text[0] == 'A' &&
           span_of(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == field->length;
}

static status check_amazon(const struct sample *sample, const struct guess *guess,
                           const struct column_summary *summary)
{
    struct field fields[COLUMNS_MAX + 1];
    int lines = 0;
    if (guess->chosen.told[COLUMN_USER] || guess->chosen.place[COLUMN_USER] != 0 ||
        guess->chosen.place[COLUMN_ITEM] != 1)
        return MFALS_OK;
    for (int i = guess->header; i < sample->count; i++, lines++)
        if (sample_fields(fields, &sample->line[i], guess->separator) < 2 || !is_amazon_user(&fields[1]) ||
            is_amazon_user(&fields[0]) || fields[0].length != 10)
            return MFALS_OK;
    return lines < 2 ? MFALS_OK
                     : refuse(sample, guess, summary, 0,
                              "looks like Amazon's number of a product, and would be read as the user", 1, 0);
}

status look_check(const struct sample *sample, const struct guess *guess)
{
    struct column_summary summary[SUMMARIES];
    if (guess->columns < 2)
        return MFALS_OK;
    sample_summarize(summary, sample, guess->header, guess->columns, guess->separator);
    TRY(check_table(guess, summary));
    TRY(check_index(sample, guess, summary));
    TRY(check_sides(sample, guess, summary));
    TRY(check_amazon(sample, guess, summary));
    return check_rating(sample, guess, summary);
}

/* Whether the fields behind the first are items, or "item:value". */
static bool lists_items(const struct field *fields, int count)
{
    for (int i = 1; i < count; i++) {
        int64_t digits = span_of(&fields[i], "0123456789");
        if (digits == 0 || (digits < fields[i].length && fields[i].text[digits] != ':'))
            return false;
    }
    return true;
}

status look_check_even(const struct sample *sample, const struct guess *guess)
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
