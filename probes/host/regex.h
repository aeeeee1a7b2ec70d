/* Regular expressions, compiled and matched with backtracking. */
#ifndef HWK_HOST_REGEX_H
#define HWK_HOST_REGEX_H

#include "program.h"

enum hwk_regex_step { HWK_MATCH, HWK_BYTE, HWK_CLASS, HWK_ANY, HWK_SPLIT, HWK_GO, HWK_BEGIN, HWK_SAVE };

struct hwk_regex {
    struct {
        unsigned char step, byte;
        short first, second;
    } code[96];
    unsigned char class[6][256];
    int used, classes;
};

/* Compiles . [] () | * + ? and ^; returns whether it could. */
int hwk_regex_compile(struct hwk_regex *regex, const char *pattern);
/* The length of the match that begins here and the place of a group in it; -1 for none. */
long hwk_regex_match(const struct hwk_regex *regex, const char *text, const char *end, const char **group);

#endif
