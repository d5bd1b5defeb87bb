/* Matrices of any size from little memory, through the checkpoint writer and back. */
#ifndef TESTS_BIG_ROWS_H
#define TESTS_BIG_ROWS_H

#include <stdint.h>

/* [collective] On 2 ranks: a checkpoint of rows x k user factors, all but the last few the first rank's, is written,
 * looked at by HDF5, checked, and read under another partition, in which all but the first few are the second's. The
 * file is in $TMPDIR. */
void big_rows_round_trip(int64_t rows, int64_t k);

#endif
