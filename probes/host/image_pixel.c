/* Pixel by pixel. */
#include "image.h"

void hwk_image_grey(const uint8_t *rgb, uint8_t *to, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint8_t)((77u * rgb[3 * i] + 150u * rgb[3 * i + 1] + 29u * rgb[3 * i + 2] + 128u) >> 8);
}

void hwk_image_blend(uint8_t *to, const uint8_t *over, const uint8_t *alpha, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned mixed = over[i] * (unsigned)alpha[i] + to[i] * (255u - alpha[i]) + 128u;
        to[i] = (uint8_t)((mixed + (mixed >> 8)) >> 8);
    }
}
