/* What has to be settled before MPI starts. All local.
 *
 *     start_again(argv);           first of all
 *     if (!start_has_room()) ...
 *     MPI_Init(...);
 */
#ifndef CLI_START_H
#define CLI_START_H

#include <stdbool.h>

/* Address space that Open MPI 4 and 5 take to start on one host, and some for the ratings. */
enum { START_ROOM_MIB = 256 };

/* Where variables should have been set before libraries were loaded (mfals_blas_setting): sets them and starts the program
 * anew, under the same process id. Otherwise returns; then what the libraries make of it stays. */
void start_again(char **argv);

/* Whether there are START_ROOM_MIB. With less MPI ends the process by a code of its own, crashes or hangs. */
bool start_has_room(void);

#endif
