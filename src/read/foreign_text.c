#include "read/foreign_text.h"

#include "base/number.h"
#include "read/chunks.h"
#include "read/column_names.h"
#include "read/fields.h"
#include "read/foreign_file.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { LINES = 8, PATH_BYTES = 400 };

/* The first lines that are not blank; a cut one is none. */
struct head {
    struct text_line line[LINES];
    int count;
    const char *path;
    char before[PATH_BYTES], behind[PATH_BYTES]; /* the command */
};

/* The command reads the file, or what decompresses it. */
static void name_file(struct head *head, const char *path)
{
    enum compression compression = compression_of_name(path);
    char quoted[PATH_BYTES - 30];
    foreign_quote(quoted, sizeof quoted, path);
    head->path = path;
    if (compression == COMPRESSION_NONE)
        snprintf(head->behind, sizeof head->behind, " %s", quoted);
    else
        snprintf(head->before, sizeof head->before, "%s -dc < %s | ", compression_name(compression), quoted);
}

static status refuse(const struct head *head, const char *what, const char *command)
{
    return fail(MFALS_BAD_DATA, "%.200s: it is %s; try: %s%s%s > ratings.tsv", head->path, what, head->before,
                command, head->behind);
}

static bool is_space(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static int64_t skip_spaces(const char *text, int64_t length, int64_t at)
{
    while (at < length && is_space(text[at]))
        at++;
    return at;
}

static int64_t skip_digits(const char *text, int64_t length, int64_t at)
{
    while (at < length && isdigit((unsigned char)text[at]))
        at++;
    return at;
}

/* Behind the quote at text[at], of a string. */
static int64_t skip_string(const char *text, int64_t length, int64_t at)
{
    for (at++; at < length && text[at] != '"'; at++)
        at += text[at] == '\\';
    return at + 1;
}

/* The next name of the object that is open at text[*at]; *at moves behind the name's value. false: there is none. */
static bool next_name(struct field *name, const char *text, int64_t length, int64_t *at)
{
    int depth = 0;
    int64_t i = *at;
    while (i < length && text[i] != '"' && text[i] != '}')
        i++;
    if (i >= length || text[i] != '"')
        return false;
    int64_t end = skip_string(text, length, i);
    *name = (struct field){.text = text + i + 1, .length = end - i - 2};
    for (i = end; i < length && (depth > 0 || (text[i] != ',' && text[i] != '}')); i++) {
        if (text[i] == '"')
            i = skip_string(text, length, i) - 1;
        else
            depth += (text[i] == '{' || text[i] == '[') - (text[i] == '}' || text[i] == ']');
    }
    *at = i;
    return i < length && name->length > 0;
}

/* Whether jq takes it without quotes, and a shell within them. */
static bool is_plain(const struct field *name)
{
    for (int64_t i = 0; i < name->length; i++)
        if (!isalnum((unsigned char)name->text[i]) && name->text[i] != '_')
            return false;
    return name->length > 0 && name->length <= 60 && !isdigit((unsigned char)name->text[0]);
}

/* filter <- ".user_id,.item_id,.rating" by the names of an object, or of those that there should be. */
static void name_filter(char *filter, size_t size, const char *text, int64_t length, int64_t at)
{
    struct field found[3] = {
        {.text = "user_id", .length = 7}, {.text = "item_id", .length = 7}, {.text = "rating", .length = 6}};
    int rank[3] = {INT_MAX, INT_MAX, INT_MAX};
    struct field name;
    for (at++; next_name(&name, text, length, &at); at++) {
        struct name_meaning meaning = column_meaning(name.text, name.length);
        if (!is_plain(&name) || meaning.role < 0 || meaning.role > COLUMN_RATING ||
            meaning.rank >= rank[meaning.role])
            continue;
        found[meaning.role] = name;
        rank[meaning.role] = meaning.rank;
    }
    snprintf(filter, size, ".%.*s,.%.*s,.%.*s", (int)found[0].length, found[0].text, (int)found[1].length,
             found[1].text, (int)found[2].length, found[2].text);
}

static bool opens_object(const char *text, int64_t length, int64_t at)
{
    int64_t next = skip_spaces(text, length, at + 1);
    return at < length && text[at] == '{' && next < length && (text[next] == '"' || text[next] == '}');
}

/* "[196, 222, 3]" */
static bool is_array(const struct text_line *line)
{
    int64_t end = line->length;
    while (end > 0 && is_space(line->text[end - 1]))
        end--;
    return end > 2 && line->text[0] == '[' && line->text[end - 1] == ']' &&
           memchr(line->text, ',', (size_t)end) != NULL;
}

/* An object or an array a line, one array of objects, or of arrays, or another JSON document. */
static status check_json(const struct head *head, const char *text, int64_t length)
{
    char filter[220], command[300];
    int64_t at = skip_spaces(text, length, text_mark_length(text, length));
    if (at == length || (text[at] != '{' && text[at] != '['))
        return MFALS_OK;
    int64_t inner = skip_spaces(text, length, at + 1);
    if (text[at] == '[' && inner < length && text[inner] == '[')
        return refuse(head, "JSON", "jq -r '.[]|@tsv'");
    bool array = text[at] == '[';
    if (array && head->count > 0 && inner < length && text[inner] != '{' && is_array(&head->line[0]) &&
        is_array(&head->line[head->count - 1]))
        return refuse(head, "JSON", "jq -r '@tsv'");
    int64_t object = array ? inner : at;
    if (!opens_object(text, length, object))
        return MFALS_OK;
    name_filter(filter, sizeof filter, text, length, object);
    snprintf(command, sizeof command, "jq -r '%s[%s]|@tsv'", array ? ".[]|" : "", filter);
    return refuse(head, "JSON", command);
}

/* "5 1:1 17:0.5": a number, then features. Returns how many, 0 if it is not such a line; *ones: all have the value 1. */
static int count_features(const struct text_line *line, bool *ones)
{
    struct field fields[2 * LINES];
    struct line_fault fault;
    double number;
    int count = fields_split(fields, &fault, SEPARATOR_BLANKS, 2 * LINES, line->text, line->length);
    if (count < 2 || !number_parse_double(&number, fields[0].text, fields[0].length))
        return 0;
    for (int i = 1; i < count; i++) {
        int64_t digits = skip_digits(fields[i].text, fields[i].length, 0);
        if (digits == 0 || digits >= fields[i].length || fields[i].text[digits] != ':' ||
            !number_parse_double(&number, fields[i].text + digits + 1, fields[i].length - digits - 1))
            return 0;
        *ones &= number == 1;
    }
    return count - 1;
}

/* As libFM has ratings, each line is one: its features are the user and the item. */
static status check_features(const struct head *head)
{
    bool pairs = true, ones = true;
    for (int i = 0; i < head->count; i++) {
        int features = count_features(&head->line[i], &ones);
        if (features == 0)
            return MFALS_OK;
        pairs &= features == 2;
    }
    if (head->count == 0)
        return MFALS_OK;
    if (pairs && ones)
        return refuse(head, "lines of \"rating user:1 item:1\", as of libFM",
                      "awk '{split($2, u, \":\"); split($3, i, \":\"); print u[1] \"\\t\" i[1] \"\\t\" $1}'");
    return refuse(
        head, "lines of \"user item:rating item:rating ...\", as of libSVM",
        "awk '{for (n = 2; n <= NF; n++) {split($n, i, \":\"); print $1 \"\\t\" i[1] \"\\t\" i[2]}}'");
}

/* The item "1:", then "user,rating,date" lines. */
static status check_netflix(const struct head *head)
{
    const struct text_line *first = &head->line[0], *second = &head->line[1];
    if (head->count < 2 || first->length < 2 ||
        skip_digits(first->text, first->length, 0) != first->length - 1 ||
        first->text[first->length - 1] != ':')
        return MFALS_OK;
    int64_t digits = skip_digits(second->text, second->length, 0);
    if (digits == 0 || digits + 1 >= second->length || second->text[digits] != ',' ||
        !isdigit((unsigned char)second->text[digits + 1]))
        return MFALS_OK;
    return refuse(
        head, "blocks of \"item:\" and lines \"user,rating,date\", as of Netflix",
        "awk -F, '{sub(/\\r$/, \"\")} /:$/ {sub(/:$/, \"\"); i = $0; next} {print $1 \"\\t\" i \"\\t\" $2}'");
}

/* The user and the number of its ratings "0|507", then "item TAB rating" lines. */
static status check_yahoo(const struct head *head)
{
    const struct text_line *first = &head->line[0], *second = &head->line[1];
    if (head->count < 2)
        return MFALS_OK;
    int64_t user = skip_digits(first->text, first->length, 0);
    int64_t item = skip_digits(second->text, second->length, 0);
    if (user == 0 || user + 1 >= first->length || first->text[user] != '|' ||
        skip_digits(first->text, first->length, user + 1) != first->length || item == 0 ||
        item + 1 >= second->length || second->text[item] != '\t' ||
        !isdigit((unsigned char)second->text[item + 1]))
        return MFALS_OK;
    return refuse(
        head, "blocks of \"user|count\" and lines \"item rating\", as of Yahoo Music",
        "awk -F'\\t' '/[|]/ {split($0, h, \"|\"); u = h[1]; next} {print u \"\\t\" $1 \"\\t\" $2}'");
}

/* "(196, 222, 3)", "INSERT INTO ratings VALUES (196, 222, 3);", and what SciPy prints, "(196, 222)\t3.0". */
static status check_brackets(const struct head *head)
{
    static const char insert[] = "INSERT INTO";
    int open = 0, behind = 0;
    for (int i = 0; i < head->count; i++) {
        const struct text_line *line = &head->line[i];
        int64_t at = skip_spaces(line->text, line->length, 0);
        const char *bracket = memchr(line->text, '(', (size_t)line->length);
        bool sql = line->length - at > (int64_t)strlen(insert) &&
                   strncasecmp(line->text + at, insert, strlen(insert)) == 0;
        open += (at < line->length && line->text[at] == '(') || (sql && bracket != NULL) || (sql && i == 0);
        const char *close = memrchr(line->text, ')', (size_t)line->length);
        int64_t rest =
            close == NULL ? line->length : skip_spaces(line->text, line->length, close + 1 - line->text);
        behind += rest < line->length && isdigit((unsigned char)line->text[rest]);
    }
    if (head->count < 2 || open < head->count)
        return MFALS_OK;
    return behind > 0 ? refuse(head, "a printed matrix", "sed 's/[(),]/ /g'")
                      : refuse(head, "tuples in brackets, as of SQL", "sed -n 's/.*(\\([^()]*\\)).*/\\1/p'");
}

status foreign_text_check(const char *path, const char *text, int64_t length)
{
    struct head head = {.count = 0};
    const struct chunk chunk = {.text = text, .length = length};
    name_file(&head, path);
    for (int64_t at = 0; head.count < LINES && chunk_line(&head.line[head.count], &chunk, &at);) {
        bool cut = at > length && head.count > 0; /* no newline: what follows is not here, or there is none */
        const struct text_line *line = &head.line[head.count];
        head.count += !cut && skip_spaces(line->text, line->length, 0) < line->length;
    }
    TRY(check_json(&head, text, length));
    TRY(check_features(&head));
    TRY(check_netflix(&head));
    TRY(check_yahoo(&head));
    return check_brackets(&head);
}
