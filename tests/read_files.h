/* Files of ratings for tests of reading: written by rank 0 in a folder of their own, read by all, gathered
 * again.
 *
 *     files_open();                                        a suite's first test; files_close is its last
 *     files_write("a.tsv", text, strlen(text));
 *     status got = files_read(&raw, &options, "a.tsv");    options.paths is set here
 */
#ifndef TESTS_READ_FILES_H
#define TESTS_READ_FILES_H

#include "read/raw.h"
#include "read/stream.h"

enum { NAME_BYTES = 32 };

struct record {
    int64_t position;
    float value;
    char id[2][NAME_BYTES];
};

/* [collective] Makes the folder; removes it with all that is in it. */
void files_open(void);
void files_close(void);

/* [collective] Rank 0 writes the file (or makes the folder `name`), the others wait. */
void files_write(const char *name, const char *text, int64_t length);
void files_make_folder(const char *name);

/* [collective] The same as `members` compressed members one after the other, cut anywhere. */
void files_compress(const char *name, enum compression kind, int members, const char *text, int64_t length);

/* [local] The file's path, in one of a few buffers used in turn. */
const char *files_path(const char *name);

/* [collective] raw_ratings_read of up to 8 files, names separated by blanks. */
status files_read(struct raw_ratings *raw, struct read_options options, const char *names);

/* [collective] All ranks' ratings on rank 0, by position; *count is 0 elsewhere. *records is the caller's to
 * free. */
void files_gather(struct record **records, int64_t *count, const struct raw_ratings *raw);

#endif
