/* What the name of a column says that it holds. All local. */
#ifndef READ_COLUMN_NAMES_H
#define READ_COLUMN_NAMES_H

#include <stdbool.h>
#include <stdint.h>

enum column_role { COLUMN_USER, COLUMN_ITEM, COLUMN_RATING, COLUMN_TIME, COLUMN_WEIGHT, COLUMN_ROLES };

/* What a name says. None says weight: that is told by --columns alone. */
struct name_meaning {
    int role; /* enum column_role; -1: none that is known */
    int rank; /* among names of the same role: 0 is the plainest, as "user_id" before "user" before "user_name" */
    bool other;   /* known to be none of the roles, as "category" */
    bool is_id;   /* ends as ids do */
    bool is_name; /* "title", "name" */
};

/* "userId", "User-ID:token", "customer_id", "Book-Rating", "created_at": words are told apart by case and by what is no
 * letter or digit. */
struct name_meaning column_meaning(const char *name, int64_t length);

/* "user", "item", "rating", "time", "weight". */
const char *column_role_name(enum column_role role);

/* The name without RecBole's ":token" and the like. */
int64_t column_name_length(const char *name, int64_t length);

/* Whether two names are the same but for case, separators and types. */
bool column_names_match(const char *a, int64_t a_length, const char *b, int64_t b_length);

/* Whether an empty name or "Unnamed: 0" stands above a column, as pandas writes above its index. */
bool column_name_is_index(const char *name, int64_t length);

#endif
