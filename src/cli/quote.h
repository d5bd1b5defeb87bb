/* Words as a shell takes them. All local. */
#ifndef CLI_QUOTE_H
#define CLI_QUOTE_H

/* The words on one line that can be pasted into bash, without control characters or bytes that are no UTF-8; to be
 * freed. NULL where there is no memory. */
char *quote_words(int count, char *const *words);

#endif
