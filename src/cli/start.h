/* What has to be settled before MPI starts. All local.
 *
 *     if (!start_before_libraries(argv)) ...        before main: a function in .preinit_array
 *     start_again(argv);                            first of main
 *     if (!start_has_room()) ...
 *     MPI_Init(...);
 */
#ifndef CLI_START_H
#define CLI_START_H

#include <stdbool.h>

/* Address space that Open MPI 4 and 5 take to start on one host, and some for the ratings. */
enum { START_ROOM_MIB = 256 };
enum { START_BLAS_MIB = 144 };

/* Where memory is limited, as by ulimit -v: false if OpenBLAS would find less than START_BLAS_MIB, which it maps for
 * each of its threads while it is loaded, and without which it tries again for ever. It is given one thread, by
 * starting the program anew. */
bool start_before_libraries(char **argv);

/* Where variables should have been set before libraries were loaded (mfals_blas_setting): sets them and starts the
 * program anew, under the same process id. Otherwise returns; then what the libraries make of it stays. */
void start_again(char **argv);

/* Whether there are START_ROOM_MIB. With less MPI ends the process by a code of its own, crashes or hangs. */
bool start_has_room(void);

#endif
