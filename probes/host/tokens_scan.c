/* One token, by the class of its first character. */
#include "tokens.h"

enum { SPACE = 1, LETTER = 2, DIGIT = 4, QUOTE = 8 };

static unsigned class(unsigned char c)
{
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return SPACE;
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z')
        return LETTER;
    if (c == '_' || c >= 0x80)
        return LETTER;
    if (c >= '0' && c <= '9')
        return DIGIT;
    return c == '"' || c == '\'' ? QUOTE : 0;
}

static const char *word(const char *p, const char *end, struct hwk_token *token)
{
    const char *start = p;
    unsigned hash = 0;
    while (p < end && (class((unsigned char)*p) & (LETTER | DIGIT)) != 0)
        hash = hash * 33 + (unsigned char)*p++;
    unsigned keyword = hwk_keyword(start, (size_t)(p - start));
    token->kind = keyword != 0 ? HWK_KEYWORD : HWK_NAME;
    token->value = keyword != 0 ? keyword : hash;
    return p;
}

static const char *number(const char *p, const char *end, struct hwk_token *token)
{
    unsigned value = 0, base = 10;
    if (end - p > 2 && p[0] == '0' && (p[1] | 0x20) == 'x') {
        base = 16;
        p += 2;
    }
    for (; p < end; p++) {
        unsigned c = (unsigned char)*p, letter = (c | 0x20) - 'a', digit = c - '0';
        if (digit > 9)
            digit = letter < 6 ? letter + 10 : base;
        if (digit >= base)
            break;
        value = value * base + digit;
    }
    token->kind = HWK_INTEGER;
    token->value = value;
    return p;
}

static const char *quoted(const char *p, const char *end, struct hwk_token *token)
{
    char quote = *p++;
    unsigned hash = 0;
    token->kind = HWK_WRONG; /* until it is closed */
    while (p < end && *p != '\n') {
        char c = *p++;
        if (c == quote) {
            token->kind = HWK_TEXT;
            break;
        }
        if (c == '\\' && p < end)
            c = *p++;
        hash = hash * 31 + (unsigned char)c;
    }
    token->value = hash;
    return p;
}

static const char *line(const char *p, const char *end)
{
    while (p < end && *p != '\n')
        p++;
    return p;
}

static const char *operator_or_comment(const char *p, const char *end, struct hwk_token *token)
{
    char c = *p++, next = p < end ? *p : 0;
    token->kind = HWK_OPERATOR;
    token->value = (unsigned char)c;
    switch (c) {
    case '/':
        if (next == '/' || next == '*') {
            token->kind = HWK_COMMENT;
            if (next == '/')
                return line(p, end);
            for (p++; p + 1 < end && !(p[0] == '*' && p[1] == '/'); p++)
                token->value++;
            return p + 1 < end ? p + 2 : end;
        }
        break;
    case '-':
    case '#':
        if (c == '#' || next == '-') {
            token->kind = HWK_COMMENT;
            return line(p, end);
        }
        break;
    case '<':
    case '>':
    case '&':
    case '|':
        if (next == c) {
            token->value += 256u * (unsigned char)next;
            p++;
        }
        break;
    case '=':
    case '!':
    case '+':
        break;
    default: return p;
    }
    if (p < end && (*p == '=' || *p == '>')) {
        token->value = token->value * 256 + (unsigned char)*p;
        p++;
    }
    return p;
}

void hwk_token_next(const char *at, const char *end, struct hwk_token *token)
{
    const char *p = at;
    while (p < end && class((unsigned char)*p) == SPACE)
        p++;
    token->kind = HWK_EOF;
    token->value = 0;
    if (p < end)
        switch (class((unsigned char)*p)) {
        case LETTER: p = word(p, end, token); break;
        case DIGIT: p = number(p, end, token); break;
        case QUOTE: p = quoted(p, end, token); break;
        default: p = operator_or_comment(p, end, token);
        }
    token->length = (size_t)(p - at);
}
