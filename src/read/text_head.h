/* What stands above the columns of a text: comments, and Excel's line "sep=;". All local.
 *
 *     struct text_head head = {.path = path, .text = text, .length = length, .whole = whole};
 *     text_head_pass(&head);
 *     the lines from head.start on are a header or data
 */
#ifndef READ_TEXT_HEAD_H
#define READ_TEXT_HEAD_H

#include "read/column_header.h"

struct text_head {
    const char *path, *text;
    int64_t length;
    bool whole;
    int64_t start; /* where its lines begin that are no comments */
    struct text_line first_comment,
        comment;          /* the first and the last of the lines before, if there are any */
    int64_t lines;        /* in front of `start` */
    char mark;            /* of comments that may stand anywhere; 0: there are none */
    enum separator excel; /* as a line "sep=;" says; 0: there is none */
};

/* Passes over "sep=;" and the comments at the top: lines that begin with # or %, where others follow. */
void text_head_pass(struct text_head *head);

/* Whether a line is a comment wherever it stands: "# text", "##", "%". */
bool text_head_is_comment(char mark, const struct text_line *line);

/* A comment "#user,item,rating" right above the data is a header, and becomes the sample's first line. */
void text_head_add_names(struct sample *sample, int *header, const struct text_head *head,
                         enum separator separator, int columns);

/* Whether the comments fit the columns of the data, as a first column of "#tags" does, and so are data. */
bool text_head_is_data(const struct text_head *head, enum separator separator, int columns);

#endif
