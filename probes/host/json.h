/* JSON read into a tape of values. */
#ifndef HWK_JSON_H
#define HWK_JSON_H

#include "program.h"

enum hwk_json_kind { HWK_NULL, HWK_FALSE, HWK_TRUE, HWK_NUMBER, HWK_STRING, HWK_ARRAY, HWK_OBJECT, HWK_END };

/* A value: of a number its digits and its power of ten, of a string its place among the strings, of an array or an
 * object the count of what is in it. */
struct hwk_json_value {
    enum hwk_json_kind kind;
    int scale;
    uint64_t value;
};

struct hwk_json {
    const unsigned char *at, *end;
    struct hwk_json_value *tape;
    size_t used, room;
    unsigned char *strings;
    size_t string_bytes;
    int broken;
};

/* Reads a value; `broken` where there is none. */
void hwk_json_value(struct hwk_json *reader, unsigned depth);
/* Reads a string whose quote has been seen, resolving its escapes. Returns its place. */
uint64_t hwk_json_string(struct hwk_json *reader);

#endif
