/* An HDF5 file of others that holds ratings (store/foreign_ratings.h), open for reading: its data sets, checked against each
 * other. HDF5's own printing is the caller's to switch off.
 *
 *     struct foreign_reader reader = {.comm = comm, .path = path, .raw = raw, .times = times, .fault = INT64_MAX};
 *     TRY(agree(comm, foreign_reader_open(&reader)));
 *     TRY(foreign_reader_each(&reader, &reader.value, reader.first, reader.count, take_value, NULL));
 *     foreign_reader_close(&reader, done);                                                              in any case
 */
#ifndef STORE_FOREIGN_READER_H
#define STORE_FOREIGN_READER_H

#include "comm/comm.h"
#include "read/raw.h"
#include "store/foreign_set.h"

struct foreign_reader {
    const struct comm *comm; /* not owned */
    const char *path;        /* not owned */
    struct raw_ratings *raw; /* not owned */
    enum rating_times times;
    hid_t file;
    int64_t file_bytes;
    struct foreign_set rating[2], ids[2], value, time; /* owned; ids, value and time may not be there */
    int64_t first, count;                              /* this rank's ratings */
    char *buffer;                                      /* owned: FOREIGN_PIECE_BYTES */
    int64_t fault;                                     /* the first of this rank; INT64_MAX: none */
    char reason[256];
};

/* [local] Opens the file, finds its data sets and deals the ratings evenly. MFALS_NO_INPUT, MFALS_BAD_DATA, or MFALS_USAGE
 * where times are needed and missing. */
status foreign_reader_open(struct foreign_reader *reader);

/* [local] Logs which data sets are what. */
void foreign_reader_describe(const struct foreign_reader *reader);

/* [local] This rank's rows of so many, dealt evenly. */
status foreign_reader_share(int64_t *first, int64_t *count, const struct comm *comm, int64_t rows);

/* [local] Row `row` of a data set, which is element i of reader->buffer. */
typedef status foreign_row(struct foreign_reader *reader, const struct foreign_set *set, int64_t i,
                           int64_t row, void *context);

/* [local] Calls the function with rows first .. first + count - 1 in turn, up to a failure. */
status foreign_reader_each(struct foreign_reader *reader, const struct foreign_set *set, int64_t first,
                           int64_t count, foreign_row *function, void *context);

/* [local] Whether texts of variable length can be read by HDF5: of the whole file an even share is looked at, each rank its
 * own. */
status foreign_reader_check_heap(const struct foreign_reader *reader);

/* [local] Closes all; `before`, if that is a failure already, else the status of the close. */
status foreign_reader_close(struct foreign_reader *reader, status before);

#endif
