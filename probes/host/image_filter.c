/* Neighbours together; what lies beyond an edge is the pixel at it. */
#include "image.h"

#include <string.h>

static size_t inside(size_t at, int by, size_t n)
{
    if (by < 0 && at < (size_t)-by)
        return 0;
    at += (size_t)by;
    return at < n ? at : n - 1;
}

static float along(const uint8_t *row, size_t x, size_t width)
{
    return (row[inside(x, -2, width)] + row[inside(x, 2, width)]) * (1 / 16.0f) +
           (row[inside(x, -1, width)] + row[inside(x, 1, width)]) * (4 / 16.0f) + row[x] * (6 / 16.0f);
}

void hwk_image_blur(const uint8_t *from, uint8_t *to, float *rows, size_t width, size_t height)
{
    for (size_t y = 0; y < height; y++) {
        const uint8_t *row = from + y * width;
        float *sum = rows + y * width;
        sum[0] = along(row, 0, width);
        sum[1] = along(row, 1, width);
        for (size_t x = 2; x + 2 < width; x++)
            sum[x] = (row[x - 2] + row[x + 2]) * (1 / 16.0f) + (row[x - 1] + row[x + 1]) * (4 / 16.0f) + row[x] * (6 / 16.0f);
        sum[width - 2] = along(row, width - 2, width);
        sum[width - 1] = along(row, width - 1, width);
    }
    for (size_t y = 0; y < height; y++) {
        const float *a = rows + inside(y, -2, height) * width, *b = rows + inside(y, -1, height) * width;
        const float *c = rows + y * width, *d = rows + inside(y, 1, height) * width, *e = rows + inside(y, 2, height) * width;
        for (size_t x = 0; x < width; x++)
            to[y * width + x] = (uint8_t)((a[x] + e[x]) * (1 / 16.0f) + (b[x] + d[x]) * (4 / 16.0f) + c[x] * (6 / 16.0f));
    }
}

void hwk_image_edges(const uint8_t *from, uint8_t *to, size_t width, size_t height)
{
    memset(to, 0, width * height);
    for (size_t y = 1; y + 1 < height; y++)
        for (size_t x = 1; x + 1 < width; x++) {
            const uint8_t *p = from + y * width + x, *up = p - width, *down = p + width;
            int across = (up[1] + 2 * p[1] + down[1]) - (up[-1] + 2 * p[-1] + down[-1]);
            int along = (down[-1] + 2 * down[0] + down[1]) - (up[-1] + 2 * up[0] + up[1]);
            int steep = (across < 0 ? -across : across) + (along < 0 ? -along : along);
            to[y * width + x] = (uint8_t)(steep > 255 ? 255 : steep);
        }
}
