/* SPDX-License-Identifier: MIT
 *
 * The words of the query language, for those who complete what is being typed. */
#ifndef QUERY_WORDS_H
#define QUERY_WORDS_H

enum word_kind {
    WORD_KEYWORD,
    WORD_OPERATOR,       /* behind |> */
    WORD_FUNCTION,       /* aggregates and window functions, too */
    WORD_TABLE_FUNCTION, /* of CALL */
    WORD_TABLE,          /* built in; alerts and uploaded tables are not here */
    WORD_PART,           /* of a date */
};

typedef void word_fn(void *ctx, enum word_kind kind, const char *word);

/* Each word once, table by table. The texts are static. */
void query_words(word_fn *fn, void *ctx);

#endif
