/* Data sets that others wrote, h5py say: numbers and text of any width, order and compression that HDF5 itself knows, read
 * by HDF5 piece by piece. All local; HDF5's own printing is the caller's to switch off.
 *
 *     struct foreign_set set;
 *     TRY(foreign_set_open(&set, file, path, "/ratings/user"));
 *     if (foreign_set_is_there(&set))
 *         TRY(foreign_set_numbers(&set, path, buffer, first, count));
 *     foreign_set_close(&set);                                            in any case
 */
#ifndef STORE_FOREIGN_SET_H
#define STORE_FOREIGN_SET_H

#include "read/dictionary.h"
#include "store/hdf5.h"

enum foreign_kind { FOREIGN_INTEGERS, FOREIGN_UNSIGNED /* of 64 bits */, FOREIGN_REALS, FOREIGN_TEXT };

struct foreign_set {
    const char *name; /* not owned */
    hid_t id, type;   /* owned; type: of elements in memory */
    enum foreign_kind kind;
    bool variable, padded; /* text: of variable length; of fixed length, with blanks behind it */
    int64_t rows;
    int64_t width; /* bytes of an element in memory */
};

/* One element of text, or a number as text. */
struct foreign_text {
    char digits[32];
    const char *text; /* not owned: digits, or in the buffer */
    int64_t length;
};

/* [local] Opens the data set of that name, "/group/name", which lies in the file itself, and checks that its bytes can be
 * there. *set is to be closed in any case; where there is none of that name foreign_set_is_there is false. MFALS_BAD_DATA
 * for one that is virtual, in another file, behind a link, of another type than integers, floats of at most 64 bits and
 * text, not one-dimensional, or compressed in a way that this HDF5 does not know. */
status foreign_set_open(struct foreign_set *set, hid_t file, const char *path, const char *name);

static inline bool foreign_set_is_there(const struct foreign_set *set)
{
    return set->id > 0;
}

/* [local] Rows that are read at once: so many that a buffer of FOREIGN_PIECE_BYTES holds them. */
enum { FOREIGN_PIECE_BYTES = 1 << 21 };
int64_t foreign_set_piece(const struct foreign_set *set);

/* [local] Rows first .. first + count - 1, count <= foreign_set_piece, into the buffer, FOREIGN_PIECE_BYTES: int64_t,
 * uint64_t, double, char * or fixed text, as set->kind says. To be released with foreign_set_release. MFALS_BAD_DATA. */
status foreign_set_read(const struct foreign_set *set, const char *path, void *buffer, int64_t first,
                        int64_t count);
void foreign_set_release(const struct foreign_set *set, void *buffer, int64_t count);

/* [local] Element i of the buffer as text; of FOREIGN_REALS none. */
void foreign_set_text(struct foreign_text *text, const struct foreign_set *set, const void *buffer,
                      int64_t i);

/* [local] Element i of the buffer as a number; of FOREIGN_TEXT none. */
double foreign_set_real(const struct foreign_set *set, const void *buffer, int64_t i);

/* [local] The same as an integer, reals rounded down; false where it does not fit 64 bits. */
bool foreign_set_integer(int64_t *value, const struct foreign_set *set, const void *buffer, int64_t i);

/* [local] Accepts a zeroed struct. */
void foreign_set_close(struct foreign_set *set);

#endif
