#include "read/columns.h"

#include "base/number.h"

#include <stdio.h>
#include <string.h>

static const struct columns no_columns = {.place = {-1, -1, -1, -1, -1}};

/* The role of a word of --columns; COLUMN_ROLES for "-", -1 for none. */
static int role_of_word(const char *word, size_t length)
{
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (length == strlen(column_role_name(role)) && memcmp(word, column_role_name(role), length) == 0)
            return role;
    return length == 1 && word[0] == '-' ? COLUMN_ROLES : -1;
}

static status check_complete(const struct columns *columns, const char *option)
{
    return columns->place[COLUMN_USER] >= 0 && columns->place[COLUMN_ITEM] >= 0
               ? MFALS_OK
               : fail(MFALS_USAGE, "columns '%.200s': user and item must be among them", option);
}

/* "user,item,-,rating" */
static status by_order_given(struct columns *columns, const char *option)
{
    int column = 0;
    for (const char *word = option;; column++) {
        size_t length = strcspn(word, ",");
        int role = role_of_word(word, length);
        if (role < 0)
            return fail(MFALS_USAGE,
                        "columns '%.200s': '%.*s' is not one of user, item, rating, time, weight and -",
                        option, (int)number_min((int64_t)length, 100), word);
        if (role < COLUMN_ROLES && columns->place[role] >= 0)
            return fail(MFALS_USAGE, "columns '%.200s': '%.*s' is there twice", option, (int)length, word);
        if (column == COLUMNS_MAX)
            return fail(MFALS_USAGE, "columns '%.200s...': more than %d", option, COLUMNS_MAX);
        if (role < COLUMN_ROLES) {
            columns->place[role] = column;
            columns->told[role] = true;
        }
        if (word[length] == '\0')
            break;
        word += length + 1;
    }
    return check_complete(columns, option);
}

/* The file's names, for a message. */
static void list_names(char *text, size_t size, const struct field *names, int count)
{
    text[0] = '\0';
    for (int i = 0; i < count && strlen(text) + 60 < size; i++)
        snprintf(text + strlen(text), size - strlen(text), "%s'%s'", i > 0 ? ", " : "",
                 field_excerpt(&names[i]).text);
}

/* The one column of that name: as it is written, else but for case and separators. */
static status find_name(int *column, const char *path, const struct field *names, int count, const char *name,
                        size_t length)
{
    int found = 0;
    for (int exact = 1; exact >= 0 && found == 0; exact--)
        for (int i = 0; i < count; i++) {
            bool same = exact ? names[i].length == (int64_t)length && memcmp(names[i].text, name, length) == 0
                              : column_names_match(names[i].text, names[i].length, name, (int64_t)length);
            if (same && found++ == 0)
                *column = i;
        }
    if (found == 1)
        return MFALS_OK;
    char all[400];
    list_names(all, sizeof all, names, count);
    return fail(MFALS_USAGE, "--columns: %s column of '%.200s' is called '%.*s'; they are %s",
                found == 0 ? "no" : "more than one", path, (int)number_min((int64_t)length, 100), name, all);
}

/* The column whose name says a role best, among those that are not used; -1: none. *rival: another that says it as well,
 * or -1. */
static int best_of_role(int *rival, const struct field *names, int count, enum column_role role,
                        uint64_t used)
{
    int best = -1, best_rank = 0;
    *rival = -1;
    for (int i = 0; i < count; i++) {
        struct name_meaning meaning = column_meaning(names[i].text, names[i].length);
        if (meaning.role != (int)role || (used >> i & 1) != 0)
            continue;
        if (best < 0 || meaning.rank < best_rank) {
            best = i;
            best_rank = meaning.rank;
            *rival = -1;
        } else if (meaning.rank == best_rank && *rival < 0) {
            *rival = i;
        }
    }
    return best;
}

/* "user=visitorid,item=itemid,rating=-"; what is not mentioned goes by its name. */
static status by_name_given(struct columns *columns, const char *option, const char *path,
                            const struct field *names, int count)
{
    bool given[COLUMN_ROLES] = {false};
    uint64_t used = 0;
    if (names == NULL)
        return fail(MFALS_USAGE,
                    "columns '%.200s': the columns of '%.200s' have no names (if its first line is a header: "
                    "--header yes)",
                    option, path);
    for (const char *word = option; word != NULL && *word != '\0';) {
        size_t length = strcspn(word, ","), name = strcspn(word, "=") + 1;
        int role = name <= length ? role_of_word(word, name - 1) : -1;
        if (role < 0 || role == COLUMN_ROLES || given[role])
            return fail(MFALS_USAGE,
                        "columns '%.200s': '%.*s' is not user, item, rating, time or weight, once, = a name",
                        option, (int)number_min((int64_t)length, 100), word);
        given[role] = true;
        if (length - name != 1 || word[name] != '-')
            TRY(find_name(&columns->place[role], path, names, count, word + name, length - name));
        if (columns->place[role] >= 0) {
            if ((used >> columns->place[role] & 1) != 0)
                return fail(MFALS_USAGE, "columns '%.200s': a column is there twice", option);
            used |= (uint64_t)1 << columns->place[role];
        }
        word = word[length] == ',' ? word + length + 1 : NULL;
    }
    for (int role = 0, rival; role < COLUMN_ROLES; role++) {
        if (!given[role])
            columns->place[role] = best_of_role(&rival, names, count, role, used);
        columns->told[role] = given[role];
    }
    return check_complete(columns, option);
}

/* The n-th column that is not an index. */
static int usual_place(const struct field *names, int count, int n)
{
    return n + (count > 0 && column_name_is_index(names[0].text, names[0].length));
}

static bool is_unknown(const struct field *names, int column)
{
    struct name_meaning meaning = column_meaning(names[column].text, names[column].length);
    return meaning.role < 0 && (meaning.is_id || !meaning.other) &&
           !column_name_is_index(names[column].text, names[column].length);
}

/* A side that no name tells: the only column that nobody knows, or the only one of these that ends as ids do, or that in
 * its usual place; or, where all are known, a title. */
static int guess_side(const struct columns *columns, const struct field *names, int count,
                      enum column_role side)
{
    int usual = usual_place(names, count, side == COLUMN_USER ? 0 : 1), other = columns->place[1 - (int)side];
    int unknown = -1, unknowns = 0, id = -1, ids = 0, title = -1, titles = 0;
    for (int i = 0; i < count; i++) {
        struct name_meaning meaning = column_meaning(names[i].text, names[i].length);
        if (meaning.role < 0 && meaning.is_name) {
            titles++;
            title = i;
        }
        if (i == other || !is_unknown(names, i))
            continue;
        unknowns++;
        unknown = i;
        if (meaning.is_id) {
            ids++;
            id = i;
        }
    }
    if (unknowns == 1 || ids == 1)
        return ids == 1 ? id : unknown;
    if (unknowns == 0)
        return side == COLUMN_ITEM && titles == 1 ? title : -1;
    return ids == 0 && usual < count && usual != other && is_unknown(names, usual) ? usual : -1;
}

/* A rating that no name tells is the third column, behind user and item, unless its name says otherwise. */
static int guess_rating(const struct columns *columns, const struct field *names, int count)
{
    int usual = usual_place(names, count, 2);
    if (columns->place[COLUMN_USER] >= usual || columns->place[COLUMN_ITEM] >= usual || usual >= count)
        return -1;
    struct name_meaning meaning = column_meaning(names[usual].text, names[usual].length);
    return meaning.role < 0 && !meaning.other ? usual : -1;
}

/* What the names of a file leave open, and the option that settles it: sides that are not told are those in front. */
static status leave_open(const char *path, const struct field *names, int count, const char *what,
                         const struct columns *told)
{
    char all[300], option[COLUMNS_OPTION_SIZE];
    struct columns likely = *told;
    for (int role = COLUMN_USER, next = 0; role <= COLUMN_ITEM; role++)
        for (; likely.place[role] < 0; next++) {
            bool used = false;
            for (int r = 0; r < COLUMN_ROLES; r++)
                used |= likely.place[r] == next;
            if (!used)
                likely.place[role] = next;
        }
    if (likely.place[COLUMN_RATING] < 0)
        likely.place[COLUMN_RATING] = guess_rating(&likely, names, count);
    list_names(all, sizeof all, names, count);
    columns_option(option, likely.place);
    return fail(MFALS_BAD_DATA, "%s: %s among its columns %s: say which, such as: %s", path, what, all,
                option);
}

/* Two names that say the same role equally well. A time is only asked for where it is needed. */
static status check_rivals(struct columns *columns, const struct read_options *options, const char *path,
                           const struct field *names, int count, const int rival[COLUMN_ROLES])
{
    for (int role = 0; role < COLUMN_ROLES; role++) {
        if (rival[role] < 0)
            continue;
        char what[200];
        snprintf(what, sizeof what, "both '%s' and '%s' may be the %s",
                 field_excerpt(&names[columns->place[role]]).text, field_excerpt(&names[rival[role]]).text,
                 column_role_name((enum column_role)role));
        if (role != COLUMN_TIME || times_needed_by(options->times) != NULL)
            return leave_open(path, names, count, what, columns);
        columns->place[COLUMN_TIME] = -1;
    }
    return MFALS_OK;
}

static status by_names(struct columns *columns, const struct read_options *options, const char *path,
                       const struct field *names, int count)
{
    static const char *const missing[] = {"the user is not told", "the item is not told"};
    int rival[COLUMN_ROLES];
    for (int role = 0; role < COLUMN_ROLES; role++) {
        columns->place[role] = best_of_role(&rival[role], names, count, role, 0);
        columns->told[role] = columns->place[role] >= 0;
    }
    TRY(check_rivals(columns, options, path, names, count, rival));
    if (columns->place[COLUMN_USER] < 0 && columns->place[COLUMN_ITEM] < 0) {
        int user = usual_place(names, count, 0);
        if (user + 1 >= count || !is_unknown(names, user) || !is_unknown(names, user + 1))
            return leave_open(path, names, count, "neither users nor items are told", columns);
        columns->place[COLUMN_USER] = user;
        columns->place[COLUMN_ITEM] = user + 1;
    }
    for (int side = COLUMN_USER; side <= COLUMN_ITEM; side++) {
        if (columns->place[side] < 0)
            columns->place[side] = guess_side(columns, names, count, (enum column_role)side);
        if (columns->place[side] < 0)
            return leave_open(path, names, count, missing[side], columns);
    }
    if (columns->place[COLUMN_RATING] < 0)
        columns->place[COLUMN_RATING] = guess_rating(columns, names, count);
    return MFALS_OK;
}

status columns_choose(struct columns *columns, const struct read_options *options, const char *path,
                      const struct field *names, int count)
{
    *columns = no_columns;
    count = (int)number_min(count, COLUMNS_MAX);
    if (options->columns != NULL)
        return strchr(options->columns, '=') == NULL
                   ? by_order_given(columns, options->columns)
                   : by_name_given(columns, options->columns, path, names, count);
    if (names != NULL)
        return by_names(columns, options, path, names, count);
    for (int role = COLUMN_USER; role <= COLUMN_RATING && role < count; role++)
        columns->place[role] = role;
    if (times_needed_by(options->times) != NULL && count > COLUMN_TIME)
        columns->place[COLUMN_TIME] = COLUMN_TIME;
    return MFALS_OK;
}

bool columns_name_weight(const char *option)
{
    bool by_name = option != NULL && strchr(option, '=') != NULL;
    for (const char *word = option; word != NULL && *word != '\0';) {
        size_t length = strcspn(word, ","), name = by_name ? strcspn(word, "=") : length;
        if (name <= length && role_of_word(word, name) == COLUMN_WEIGHT)
            return !by_name || length - name != 2 || word[name + 1] != '-';
        word = word[length] == ',' ? word + length + 1 : NULL;
    }
    return false;
}

void columns_option(char option[COLUMNS_OPTION_SIZE], const int place[COLUMN_ROLES])
{
    int last = 0;
    for (int role = 0; role < COLUMN_ROLES; role++)
        last = (int)number_max(last, place[role]);
    int length = snprintf(option, COLUMNS_OPTION_SIZE, "--columns ");
    for (int column = 0; column <= last; column++) {
        const char *name = "-";
        for (int role = 0; role < COLUMN_ROLES; role++)
            if (place[role] == column)
                name = column_role_name(role);
        length += snprintf(option + length, COLUMNS_OPTION_SIZE - (size_t)length, "%s%s",
                           column > 0 ? "," : "", name);
    }
}
