/* Source text cut into tokens. */
#ifndef HWK_TOKENS_H
#define HWK_TOKENS_H

#include "program.h"

enum hwk_token_kind { HWK_EOF, HWK_NAME, HWK_KEYWORD, HWK_INTEGER, HWK_TEXT, HWK_COMMENT, HWK_OPERATOR, HWK_WRONG };

struct hwk_token {
    enum hwk_token_kind kind;
    unsigned value; /* of a keyword its number, of an operator its characters, of the others a hash */
    size_t length;
};

void hwk_token_next(const char *at, const char *end, struct hwk_token *token);
/* A keyword's number from 1; 0 for another name. */
unsigned hwk_keyword(const char *name, size_t length);

#endif
