#include "read/look.h"

#include "base/log.h"
#include "base/number.h"

#include <ctype.h>
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

/* 2.0, 3.5: half stars. */
static bool looks_like_stars(const struct column_summary *column)
{
    return column->fields > 0 && column->points == column->fields && column->numbers == column->fields &&
           column->low >= 0 && column->high <= 10;
}

/* One value, or none. */
static bool is_constant(const struct column_summary *column)
{
    return column->fields > 2 && column->distinct < 2;
}

/* Coordinates are no ids. */
static bool holds_fractions(const struct column_summary *column)
{
    return column->numbers == column->fields && column->points == column->fields;
}

/* What else a file may hold, for the option in a message: user and item as given, and the first columns that could be the
 * rating and the time. */
static void suggest(char option[COLUMNS_OPTION_SIZE], const struct column_summary *summary, int columns,
                    int user, int item)
{
    int place[COLUMN_ROLES] = {user, item, -1, -1, -1};
    for (int c = 0; c < columns && c < SUMMARIES; c++) {
        if (c == user || c == item)
            continue;
        if (place[COLUMN_TIME] < 0 && holds_times(&summary[c]) && summary[c].times == summary[c].fields)
            place[COLUMN_TIME] = c;
        bool behind = c > user && c > item;
        if (place[COLUMN_RATING] < 0 && holds_numbers(&summary[c]) && !is_constant(&summary[c]) &&
            !summary[c].counts_up && (behind || looks_like_stars(&summary[c])))
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

/* Users and items are the first two columns that hold neither times nor fractions, but for `without`. */
static void other_sides(int sides[2], const struct column_summary *summary, int columns, int without)
{
    int found = 0;
    sides[0] = 0;
    sides[1] = 1;
    for (int c = 0; c < columns && c < SUMMARIES && found < 2; c++)
        if (c != without && !holds_dates(&summary[c]) && !holds_fine_times(&summary[c]) &&
            !holds_fractions(&summary[c]) && summary[c].clocks < summary[c].fields)
            sides[found++] = c;
}

/* Seconds among ids: hardly ever twice the same, and no other column has times. */
static bool looks_like_seconds(const struct guess *guess, const struct column_summary *summary, int column)
{
    const struct column_summary *side = &summary[column];
    if (side->fields < 5 || 10 * side->distinct < 9 * side->fields || !is_time_range(side, 1) ||
        guess->columns < 3)
        return false;
    for (int c = 0; c < guess->columns && c < SUMMARIES; c++)
        if (c != column && holds_times(&summary[c]))
            return false;
    return guess->columns > 3 || !looks_rated(&summary[2]) || summary[2].high > 100;
}

/* Times and stars where users or items are read. */
static status check_sides(const struct sample *sample, const struct guess *guess,
                          const struct column_summary *summary)
{
    static const char *const what[][2] = {{"looks like a time, and would be read as the user",
                                           "looks like a time, and would be read as the item"},
                                          {"looks like a rating, and would be read as the user",
                                           "looks like a rating, and would be read as the item"}};
    for (int role = COLUMN_USER; role <= COLUMN_ITEM; role++) {
        int column = guess->chosen.place[role], sides[2];
        if (guess->chosen.told[role] || column >= SUMMARIES)
            continue;
        const struct column_summary *side = &summary[column];
        bool often = side->fields >= 3 && 2 * side->distinct > side->fields;
        bool stars = looks_like_stars(side) && guess->columns > 2;
        if (!holds_dates(side) && !(often && holds_fine_times(side)) &&
            !looks_like_seconds(guess, summary, column) && !stars)
            continue;
        other_sides(sides, summary, guess->columns, column);
        return refuse(sample, guess, summary, column, what[stars][role], sides[0], sides[1]);
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
    if (!first->counts_up || first->fields < 5 || (first->low != 0 && first->low != 1) ||
        summary[2].counts_up)
        return MFALS_OK;
    bool usual = looks_rated(&summary[2]) &&
                 (summary[2].high <= 10 || summary[2].integers < summary[2].fields) &&
                 (guess->columns == 3 || holds_times(&summary[3]));
    return usual ? MFALS_OK
                 : refuse(sample, guess, summary, 0, "counts the lines, and would be read as the user", 1, 2);
}

/* "4 stars", "5/5", "80%", "3,5": a number, and then something else. */
static bool begins_as_number(const char *text)
{
    size_t digits = strspn(text, "0123456789.,-+");
    return digits > 0 && !isalpha((unsigned char)text[digits]);
}

/* Times, words, a running number or large numbers where ratings are read. */
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
    if (rating->fields > 0 && rating->numbers == 0 && !begins_as_number(shown.text))
        return refuse(sample, guess, summary, column, "is no number, and would be read as the rating", user,
                      is_constant(&summary[item]) ? column : item);
    if (rating->counts_up && rating->fields >= 5 && rating->low <= 1 && !summary[user].counts_up)
        return refuse(sample, guess, summary, column, "counts the lines, and would be read as the rating",
                      user, item);
    if (rating->fields >= 3 && rating->integers == rating->fields && rating->low >= 1000)
        log_warning("%s: the values of its %s column, read as the rating, are from %.15g up; if they are no "
                    "ratings: --columns user,item",
                    guess->path, ordinal(column), rating->low);
    return MFALS_OK;
}

/* Columns named by numbers, as by the ids of items, but not by their places. */
static bool names_are_numbers(const struct guess *guess)
{
    int64_t value = 0;
    if (guess->names != NULL && number_parse_int(&value, guess->names[0].text, guess->names[0].length) &&
        value < 2)
        return false;
    for (int c = 1; c < guess->columns && c < COLUMNS_MAX && guess->names != NULL; c++)
        if (!number_parse_int(&value, guess->names[c].text, guess->names[c].length))
            return false;
    return guess->names != NULL && guess->columns > 2 &&
           !column_name_is_index(guess->names[0].text, guess->names[0].length);
}

/* A row for each user and a column for each item. */
static status check_table(const struct guess *guess, const struct column_summary *summary)
{
    enum { TABLE_COLUMNS = 8 };
    bool told = guess->chosen.told[COLUMN_USER] && guess->chosen.told[COLUMN_ITEM];
    bool wide =
        guess->columns >= TABLE_COLUMNS && guess->others == 0 && !told && !guess->chosen.told[COLUMN_RATING];
    if (!wide && !names_are_numbers(guess))
        return MFALS_OK;
    for (int c = 1; c < guess->columns && c < SUMMARIES; c++)
        if (summary[c].numbers + summary[c].empty < summary[c].fields || (holds_times(&summary[c]) && wide))
            return MFALS_OK;
    return fail(
        MFALS_BAD_DATA,
        "%s: %s%d columns of numbers look like a table of users by items; lines of user, item and rating "
        "are read: in Python, pandas.read_csv(...).melt(...); or, if they are such lines: --columns "
        "user,item,rating",
        guess->path, guess->columns > COLUMNS_MAX ? "over " : "",
        (int)number_min(guess->columns, COLUMNS_MAX));
}

/* Another separator that nine fields of ten hold, with no blank behind it as in text; 0: none. */
static char held_in_ids(const struct sample *sample, const struct guess *guess, int column)
{
    static const char bytes[] = ",;|\t:";
    struct field fields[COLUMNS_MAX + 1];
    for (int b = 0; bytes[b] != '\0'; b++) {
        int lines = 0;
        for (int i = guess->header; i < sample->count; i++) {
            if (sample_fields(fields, &sample->line[i], guess->separator) <= column || fields[column].quoted)
                continue;
            const struct field *id = &fields[column];
            const char *byte = memchr(id->text, bytes[b], (size_t)id->length);
            bool inner =
                byte != NULL && byte > id->text && byte + 1 < id->text + id->length && byte[1] != ' ';
            if (inner && bytes[b] == ':') /* only between numbers: names of things hold colons */
                inner = byte - id->text == field_span(id, "0123456789") && byte[1] >= '0' && byte[1] <= '9' &&
                        memchr(byte + 1, ':', (size_t)(id->text + id->length - byte - 1)) == NULL;
            lines += inner;
        }
        if (lines > 1 && 10 * lines >= 9 * (sample->count - guess->header))
            return bytes[b];
    }
    return 0;
}

static status check_mixed(const struct sample *sample, const struct guess *guess)
{
    for (int role = COLUMN_USER; role <= COLUMN_ITEM; role++) {
        int column = guess->chosen.place[role];
        char byte = 0;
        if (!guess->chosen.told[role])
            byte = held_in_ids(sample, guess, column);
        if (byte == 0)
            continue;
        return fail(
            MFALS_BAD_DATA,
            "%s: its %s column, such as '%s', holds another separator: if the line is a user and the user's "
            "items: --format adjacency; if all of it is the %s: --columns user,item%s; else make them one: "
            "tr "
            "'%s' '\\t' < FILE",
            guess->path, ordinal(column), example(sample, guess, column).text,
            role == COLUMN_USER ? "user" : "item", guess->columns > 2 ? ",rating" : "",
            byte == '\t' ? " " : (char[2]){byte, '\0'});
    }
    return MFALS_OK;
}

/* Ratings of Amazon are in both orders. */
static bool is_amazon_user(const struct field *field)
{
    return field->length >= 10 && field->length <= 30 && field->text[0] == 'A' &&
           field_span(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == field->length;
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

/* As many integers in every line, of which the first may be the user and all others items. */
static status check_lists(const struct guess *guess, const struct column_summary *summary)
{
    if (guess->columns < 5 || guess->header > 0 || guess->others > 0)
        return MFALS_OK;
    for (int c = 0; c < guess->columns && c < SUMMARIES; c++)
        if (summary[c].integers < summary[c].fields || holds_times(&summary[c]) || is_constant(&summary[c]))
            return MFALS_OK;
    return fail(MFALS_BAD_DATA,
                "%s: its lines have %d integers each: if a line is a user and the user's items: --format "
                "adjacency; if "
                "the first three are user, item and rating: --columns user,item,rating",
                guess->path, (int)number_min(guess->columns, COLUMNS_MAX));
}

status look_check(const struct sample *sample, const struct guess *guess)
{
    struct column_summary summary[SUMMARIES];
    if (guess->columns < 2)
        return MFALS_OK;
    sample_summarize(summary, sample, guess->header, guess->columns, guess->separator);
    TRY(check_table(guess, summary));
    TRY(check_mixed(sample, guess));
    TRY(check_lists(guess, summary));
    TRY(check_index(sample, guess, summary));
    TRY(check_sides(sample, guess, summary));
    TRY(check_amazon(sample, guess, summary));
    return check_rating(sample, guess, summary);
}

int look_for_times(const struct sample *sample, const struct guess *guess)
{
    struct column_summary summary[SUMMARIES];
    const int *place = guess->chosen.place;
    int found = -1;
    sample_summarize(summary, sample, guess->header, guess->columns, guess->separator);
    if (guess->columns > COLUMN_TIME && place[COLUMN_USER] == 0 && place[COLUMN_ITEM] == 1 &&
        place[COLUMN_RATING] == 2 && holds_times(&summary[COLUMN_TIME]))
        return COLUMN_TIME;
    for (int c = 0; c < guess->columns && c < SUMMARIES; c++) {
        bool free = c != place[COLUMN_USER] && c != place[COLUMN_ITEM] && c != place[COLUMN_RATING];
        if (!free || !holds_dates(&summary[c]) || summary[c].times < summary[c].fields)
            continue;
        if (found >= 0)
            return -1;
        found = c;
    }
    return found;
}
