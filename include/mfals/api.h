/* What every header of libmfals begins with: the mark of a public function, and C's linkage for C++.
 *
 * In all of them: a function marked [collective] is to be called by every rank of a context's communicator, in the
 * same order, with the same arguments where nothing else is said; it returns the same status on every rank. One
 * marked [local] does not communicate. Whatever returns a status may return MFALS_NO_MEMORY. Handles are freed by the
 * function named for it, which accepts and leaves NULL. The library prints nothing, ends no process, catches no
 * signal, but where a function is asked to. Two things are beyond that: a failed call of MPI on the context's own
 * communicator ends the job with MFALS_INTERNAL's code, since the others may be inside the same call for ever; and
 * the BLAS, one for the whole process, is set to one thread.
 *
 * What a function is handed must be there: NULL for an array of one or more elements, for a text or a path, and a
 * negative count are MFALS_USAGE, of a collective function on every rank also where one rank alone is wrong. NULL for
 * a handle or for where a result goes is not looked for.
 *
 * Threads: a context, and all that was made with it, is used by one thread at a time; mfals_stop may be called by
 * any, and by a handler of signals. Threads with a context each may set options, look up names and read messages at
 * the same time; they may not be in functions that read or write files, train or plan at the same time, which share
 * the HDF5 and BLAS libraries and the files held against other runs, nor in collective functions at all unless MPI
 * was initialized with MPI_THREAD_MULTIPLE. mfals_watch and mfals_can_finalize are about the whole process.
 */
#ifndef MFALS_API_H
#define MFALS_API_H

#if defined(__GNUC__)
#define MFALS_API                 __attribute__((visibility("default")))
#define MFALS_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define MFALS_API
#define MFALS_PRINTF(text, first)
#endif

#ifdef __cplusplus
#define MFALS_BEGIN extern "C" {
#define MFALS_END   }
#else
#define MFALS_BEGIN
#define MFALS_END
#endif

#endif
