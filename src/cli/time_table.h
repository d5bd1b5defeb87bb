/* Where the time and the memory of a run went. All local. */
#ifndef CLI_TIME_TABLE_H
#define CLI_TIME_TABLE_H

#include <jansson.h>
#include <mfals/profile.h>

/* Phases as mean and maximum over the ranks, with the rank that held it or, over several starts, the mean of the last
 * one, and the mean's share of all. ratings: of one iteration. */
void time_table_print(const struct mfals_profile *profile, int64_t ratings);

/* The fields of the event "summary": over all starts, and in "last_start" those of the last alone. NULL when there is
 * no memory. */
json_t *time_table_json(const struct mfals_profile *profile, int64_t ratings);

#endif
