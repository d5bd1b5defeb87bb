#include "cli/quote.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GROWTH = 4, QUOTES = 4 }; /* a byte becomes \ooo or '\'' at most; $'', and a blank */

static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
    return word[0] != '\0' && word[strspn(word, plain)] == '\0';
}

static bool has_controls(const char *word)
{
    for (const unsigned char *c = (const unsigned char *)word; *c != '\0'; c++)
        if (*c < ' ' || *c == 0x7f || (c[0] == 0xc2 && c[1] < 0xa0))
            return true;
    return false;
}

static bool is_utf8(const char *word)
{
    json_t *string = json_string(word);
    json_decref(string);
    return string != NULL;
}

static char *put_quoted(char *to, const char *word)
{
    *to++ = '\'';
    for (; *word != '\0'; word++)
        to += *word == '\'' ? sprintf(to, "'\\''") : sprintf(to, "%c", *word);
    *to++ = '\'';
    return to;
}

/* In bash's $'...'. */
static char *put_escaped(char *to, const char *word)
{
    to += sprintf(to, "$'");
    for (; *word != '\0'; word++) {
        unsigned char c = (unsigned char)*word;
        if (c < ' ' || c >= 0x7f)
            to += sprintf(to, "\\%03o", c);
        else
            to += sprintf(to, c == '\'' || c == '\\' ? "\\%c" : "%c", c);
    }
    *to++ = '\'';
    return to;
}

char *quote_words(int count, char *const *words)
{
    size_t size = 1;
    for (int i = 0; i < count; i++)
        size += GROWTH * strlen(words[i]) + QUOTES;
    char *text = calloc(size, 1), *to = text;
    for (int i = 0; i < count && text != NULL; i++) {
        if (i > 0)
            *to++ = ' ';
        if (is_plain(words[i]))
            to = stpcpy(to, words[i]);
        else if (has_controls(words[i]) || !is_utf8(words[i]))
            to = put_escaped(to, words[i]);
        else
            to = put_quoted(to, words[i]);
    }
    return text;
}
