/* Lists in text: of users, of candidates, of titles. Lines, fields and ids are those of ratings; files as well, and
 * pipes. A bad line ends the reading. All local: one rank reads a list.
 *
 *     static status parse(struct text_list *list, void *dictionary)
 *     {
 *         if (list->first)
 *             list->separator = text_list_separator(list, integers, SEPARATOR_BLANKS);
 *         uint32_t number;
 *         TRY(text_list_split(list, 1));
 *         return text_list_add_id(&number, dictionary, list, 0, USERS);
 *     }
 *     TRY(text_list_read("users.txt.gz", NULL, parse, &dictionary));
 */
#ifndef READ_TEXT_LIST_H
#define READ_TEXT_LIST_H

#include "read/line.h"

/* A line, and how the list is read. */
struct text_list {
    const char *path; /* not owned, as text: for the call */
    int64_t number;   /* of the line in its file, from 1 */
    const char *text; /* without its end; not blank */
    int64_t length;
    bool first; /* no line has come before */
    enum separator separator;
    struct field *fields; /* owned: `count` of them are set by text_list_split */
    int64_t capacity;
    int count;
    char unescaped[ID_MAX_BYTES + 1];
};

typedef status text_list_parser(struct text_list *list, void *context);

/* [local] Calls parse for each line that is not blank, in the order of files and lines, until it fails. path may be
 * compressed, a folder or a pipe; encoding is that of text without a byte order mark, NULL: UTF-8. MFALS_NO_INPUT for what cannot be read, MFALS_IO, MFALS_NO_MEMORY, as parse;
 * MFALS_BAD_DATA "file:line:column: reason". */
status text_list_read(const char *path, const char *encoding, text_list_parser *parse, void *context);

/* [local] What separates the line's fields: '::', a tab or a comma, if it holds one, in this order, else `otherwise`.
 * integers: all ids are, so that, but for '::', any mixture of tabs, commas and blanks separates them. */
enum separator text_list_separator(const struct text_list *list, bool integers, enum separator otherwise);

/* [local] Cuts the line into its fields, `wanted` of them at most. */
status text_list_split(struct text_list *list, int wanted);

/* [local] Adds a field of the line to the ids, if it may be one: number as dictionary_add. */
status text_list_add_id(uint32_t *number, struct dictionary *ids, struct text_list *list, int field,
                        enum side side);

/* [local] MFALS_BAD_DATA "file:line:column: reason". */
status text_list_fail(const struct text_list *list, int64_t column, const char *reason);

#endif
