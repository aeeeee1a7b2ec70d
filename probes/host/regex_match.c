/* Steps with a stack of places to go back to. */
#include "regex.h"

enum { DEEPEST = 256 };

long hwk_regex_match(const struct hwk_regex *regex, const char *text, const char *end, const char **group)
{
    struct {
        const char *at, *group;
        int step;
    } back[DEEPEST];
    int depth = 0, step = 0;
    const char *at = text, *saved = text;
    for (;;) {
        int fits = 1;
        switch ((enum hwk_regex_step)regex->code[step].step) {
        case HWK_MATCH: *group = saved; return at - text;
        case HWK_BYTE: fits = at < end && (unsigned char)*at == regex->code[step].byte; at += fits; break;
        case HWK_CLASS: fits = at < end && regex->class[regex->code[step].byte][(unsigned char)*at]; at += fits; break;
        case HWK_ANY: fits = at < end; at += fits; break;
        case HWK_BEGIN: fits = at == text; break;
        case HWK_SAVE: saved = at; break;
        case HWK_GO: break;
        case HWK_SPLIT:
            if (depth == DEEPEST)
                return -1;
            back[depth].at = at;
            back[depth].group = saved;
            back[depth++].step = regex->code[step].second;
            break;
        }
        if (fits) {
            step = regex->code[step].first;
        } else if (depth == 0) {
            return -1;
        } else {
            depth--;
            at = back[depth].at;
            saved = back[depth].group;
            step = back[depth].step;
        }
    }
}
