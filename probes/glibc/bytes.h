/* Byte-string routines as C code has them where no assembly is chosen at run time. */
#ifndef HWK_BYTES_H
#define HWK_BYTES_H

#include <stddef.h>

/* Calls within the library go to hidden names, past the loader's tables, as libc_hidden_def arranges it in glibc; callers
 * outside see the exported ones. */
#define HWK_HIDDEN __attribute__((visibility("hidden")))
#define HWK_EXPORT_AS(hidden) __attribute__((visibility("default"), alias(#hidden)))

HWK_HIDDEN size_t hwk_in_length(const char *s);
HWK_HIDDEN void *hwk_in_find_byte(const void *s, int c, size_t n);

__attribute__((visibility("default"))) size_t hwk_length(const char *s);
__attribute__((visibility("default"))) void *hwk_find_byte(const void *s, int c, size_t n);
__attribute__((visibility("default"))) char *hwk_token(char *s, const char *delimiters, char **rest);
__attribute__((visibility("default"))) size_t hwk_span_until(const char *s, const char *reject);
__attribute__((visibility("default"))) size_t hwk_span_of(const char *s, const char *accept);
__attribute__((visibility("default"))) char *hwk_find_string(const char *haystack, const char *needle);
__attribute__((visibility("default"))) int hwk_compare_nocase(const char *a, const char *b);
/* Digits within the strings compare as numbers. */
__attribute__((visibility("default"))) int hwk_compare_version(const char *a, const char *b);

#endif
