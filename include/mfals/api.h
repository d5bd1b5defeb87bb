/* What every header of libmfals begins with: the mark of a public function, and C's linkage for C++.
 *
 * In all of them: a function marked [collective] is to be called by every rank of a context's communicator, in the
 * same order, with the same arguments where nothing else is said; it returns the same status on every rank. One
 * marked [local] does not communicate. Whatever returns a status may return MFALS_NO_MEMORY. Handles are freed by the
 * function named for it, which accepts and leaves NULL. The library prints nothing, ends no process, catches no
 * signal, but where a function is asked to. Two things are beyond that: a failed call of MPI on the context's own
 * communicator ends the job with MFALS_INTERNAL's code, since the others may be inside the same call for ever; and
 * the BLAS, one for the whole process, is set to one thread.
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
