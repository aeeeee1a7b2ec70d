/* Walks a format, one conversion at a time. */
#include "format.h"

#include <stdarg.h>
#include <string.h>

struct out {
    char *to;
    size_t room, n;
};

struct spec {
    unsigned left : 1, zero : 1, plus : 1, space : 1, alternate : 1;
    int width, precision, wide;
};

static void put(struct out *o, const char *from, size_t n)
{
    if (o->n < o->room) {
        size_t fit = o->room - o->n < n ? o->room - o->n : n;
        memcpy(o->to + o->n, from, fit);
    }
    o->n += n;
}

static void pad(struct out *o, char c, int n)
{
    char run[16];
    if (n <= 0)
        return;
    memset(run, c, sizeof run);
    for (; n > 16; n -= 16)
        put(o, run, 16);
    put(o, run, (size_t)n);
}

static void put_padded(struct out *o, const struct spec *s, const char *sign, const char *body, size_t n, int zeros)
{
    int signs = (int)strlen(sign);
    int fill = s->width - signs - zeros - (int)n;
    if (!s->left && !s->zero)
        pad(o, ' ', fill);
    put(o, sign, (size_t)signs);
    if (s->zero && !s->left)
        pad(o, '0', fill);
    pad(o, '0', zeros);
    put(o, body, n);
    if (s->left)
        pad(o, ' ', fill);
}

static void integer(struct out *o, struct spec *s, uint64_t value, const char *sign, unsigned base, char letter)
{
    static const char lower[] = "0123456789abcdef", upper[] = "0123456789ABCDEF";
    const char *digits = letter == 'X' ? upper : lower;
    char text[24], *at = text + sizeof text;
    if (base == 10) {
        while (value != 0) {
            *--at = (char)('0' + value % 10);
            value /= 10;
        }
    } else {
        if (s->alternate && value != 0)
            sign = letter == 'X' ? "0X" : "0x";
        while (value != 0) {
            *--at = digits[value & 15];
            value >>= 4;
        }
    }
    int n = (int)(text + sizeof text - at);
    int zeros = s->precision >= 0 ? s->precision - n : n == 0 ? 1 : 0;
    if (s->precision >= 0)
        s->zero = 0;
    put_padded(o, s, sign, at, (size_t)n, zeros < 0 ? 0 : zeros);
}

static const char *sign_of(const struct spec *s, int negative)
{
    return negative ? "-" : s->plus ? "+" : s->space ? " " : "";
}

static void exponent_form(char *text, size_t *n, const char *digits, int count, int exponent, char letter)
{
    text[(*n)++] = digits[0];
    if (count > 1) {
        text[(*n)++] = '.';
        memcpy(text + *n, digits + 1, (size_t)count - 1);
        *n += (size_t)count - 1;
    }
    text[(*n)++] = letter;
    text[(*n)++] = exponent < 0 ? '-' : '+';
    unsigned e = (unsigned)(exponent < 0 ? -exponent : exponent);
    if (e >= 100)
        text[(*n)++] = (char)('0' + e / 100);
    text[(*n)++] = (char)('0' + e / 10 % 10);
    text[(*n)++] = (char)('0' + e % 10);
}

static void point_form(char *text, size_t *n, const char *digits, int count, int exponent, int after)
{
    for (int i = exponent < 0 ? -1 : 0; i <= exponent || i == -1; i++)
        text[(*n)++] = i >= 0 && i < count ? digits[i] : '0';
    if (after > 0)
        text[(*n)++] = '.';
    for (int i = exponent + 1; after > 0; i++, after--)
        text[(*n)++] = i >= 0 && i < count ? digits[i] : '0';
}

static void real(struct out *o, struct spec *s, double value, char letter)
{
    char digits[DIGITS_MOST], text[DIGITS_MOST + 8];
    size_t n = 0;
    uint64_t bits;
    int count, exponent, precision = s->precision < 0 ? 6 : s->precision;
    memcpy(&bits, &value, sizeof bits);
    const char *sign = sign_of(s, (int)(bits >> 63));
    if ((bits >> 52 & 0x7ff) == 0x7ff) {
        s->zero = 0;
        put_padded(o, s, sign, bits << 12 ? "nan" : "inf", 3, 0);
        return;
    }
    if (letter == 'f') {
        exponent = hwk_digits(value, precision, 0, digits, &count);
        point_form(text, &n, digits, count, exponent, precision);
    } else if (letter == 'e') {
        exponent = hwk_digits(value, precision + 1, 1, digits, &count);
        exponent_form(text, &n, digits, count, exponent, 'e');
    } else {
        if (precision == 0)
            precision = 1;
        exponent = hwk_digits(value, precision, 1, digits, &count);
        while (!s->alternate && count > 1 && digits[count - 1] == '0')
            count--;
        if (exponent < -4 || exponent >= precision)
            exponent_form(text, &n, digits, count, exponent, 'e');
        else
            point_form(text, &n, digits, count, exponent, count > exponent + 1 ? count - exponent - 1 : 0);
    }
    put_padded(o, s, sign, text, n, 0);
}

size_t hwk_format(char *to, size_t room, const char *format, ...)
{
    struct out o = {to, room, 0};
    va_list arguments;
    va_start(arguments, format);
    for (;;) {
        const char *percent = strchr(format, '%');
        if (percent == NULL) {
            put(&o, format, strlen(format));
            break;
        }
        put(&o, format, (size_t)(percent - format));
        format = percent + 1;
        struct spec s = {0, 0, 0, 0, 0, 0, -1, 0};
        for (;; format++) {
            if (*format == '-')
                s.left = 1;
            else if (*format == '0')
                s.zero = 1;
            else if (*format == '+')
                s.plus = 1;
            else if (*format == ' ')
                s.space = 1;
            else if (*format == '#')
                s.alternate = 1;
            else
                break;
        }
        if (*format == '*') {
            s.width = va_arg(arguments, int);
            format++;
        }
        while (*format >= '0' && *format <= '9')
            s.width = s.width * 10 + (*format++ - '0');
        if (*format == '.') {
            s.precision = 0;
            if (*++format == '*') {
                s.precision = va_arg(arguments, int);
                format++;
            }
            while (*format >= '0' && *format <= '9')
                s.precision = s.precision * 10 + (*format++ - '0');
        }
        while (*format == 'l') {
            s.wide++;
            format++;
        }
        char letter = *format++;
        switch (letter) {
        case 'd':
        case 'i': {
            int64_t value = s.wide ? va_arg(arguments, long) : va_arg(arguments, int);
            uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
            integer(&o, &s, magnitude, sign_of(&s, value < 0), 10, letter);
            break;
        }
        case 'u':
        case 'x':
        case 'X': {
            uint64_t value = s.wide ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned);
            integer(&o, &s, value, "", letter == 'u' ? 10 : 16, letter);
            break;
        }
        case 'c': {
            char c = (char)va_arg(arguments, int);
            put_padded(&o, &s, "", &c, 1, 0);
            break;
        }
        case 's': {
            const char *text = va_arg(arguments, const char *);
            size_t n = 0;
            while ((s.precision < 0 || n < (size_t)s.precision) && text[n] != 0)
                n++;
            put_padded(&o, &s, "", text, n, 0);
            break;
        }
        case 'f':
        case 'e':
        case 'g':
            real(&o, &s, va_arg(arguments, double), letter);
            break;
        case '%':
            put(&o, "%", 1);
            break;
        default: /* an unknown conversion ends the output, as an error would */
            va_end(arguments);
            return o.n;
        }
    }
    va_end(arguments);
    if (room != 0)
        to[o.n < room ? o.n : room - 1] = 0;
    return o.n;
}
