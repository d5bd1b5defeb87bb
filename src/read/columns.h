/* Which column of a file holds what: told by --columns, by the names of the columns, or by their order. All local.
 *
 *     struct columns columns;
 *     TRY(columns_choose(&columns, options, path, names, count));
 *     columns.place[COLUMN_USER] is the column of users, from 0
 */
#ifndef READ_COLUMNS_H
#define READ_COLUMNS_H

#include "base/status.h"
#include "read/column_names.h"
#include "read/fields.h"
#include "read/options.h"

enum { COLUMNS_MAX = 64, COLUMNS_OPTION_SIZE = 512 };

struct columns {
    int place[COLUMN_ROLES]; /* columns, from 0; -1: there is none. Users and items always have one */
    bool told[COLUMN_ROLES]; /* by --columns or a name that is known, not by the order alone */
};

/* names: of all `count` columns in their order, as the file has them; NULL where it names none. Of columns beyond
 * COLUMNS_MAX nothing is known. MFALS_USAGE for options->columns that make no sense for this file; MFALS_BAD_DATA where
 * the names leave a doubt: the message then ends with the option that settles it. */
status columns_choose(struct columns *columns, const struct read_options *options, const char *path,
                      const struct field *names, int count);

/* Whether --columns, or NULL for none, names a column of weights. */
bool columns_name_weight(const char *option);

/* "--columns user,item,-,rating": the option that says the same. */
void columns_option(char option[COLUMNS_OPTION_SIZE], const int place[COLUMN_ROLES]);

#endif
