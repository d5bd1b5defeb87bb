/* What a file passes on to the one that replaces it. */
#ifndef STORE_REPLACED_H
#define STORE_REPLACED_H

#include <sys/stat.h>

/* [local] The mode to create a file with that is to replace `target`: what the older file allows, else what the
 * process' mask does, and always what its writer needs. */
mode_t replaced_mode(const char *target);

/* [local] Gives an open file the owner, permissions and extended attributes (access control lists are among them) of
 * `target`, if that is a regular file, as far as the system lets one. final: without what its writer needed. */
void replaced_pass_on(int fd, const char *target, int final);

#endif
