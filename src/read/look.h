/* A look at the first lines, where neither --columns nor names say what the columns hold: what would be read wrongly is
 * refused, with the option that reads it rightly. All local. */
#ifndef READ_LOOK_H
#define READ_LOOK_H

#include "read/sample.h"

/* What the lines were taken for so far. */
struct guess {
    const char *path;
    enum separator separator;
    int header;  /* lines of the sample */
    int columns; /* of most lines */
    int named;   /* columns that the header names */
    int others;  /* lines with more or fewer */
    struct columns chosen;
    const struct field *names; /* as columns_choose */
};

/* MFALS_BAD_DATA "path: what is seen: the option". Warns of what may be right. */
status look_check(const struct sample *sample, const struct guess *guess);

/* The column of times, from 0, where nothing names it: the fourth, behind user, item and rating, or the only one of dates;
 * -1: there is none. */
int look_for_times(const struct sample *sample, const struct guess *guess);

#endif
